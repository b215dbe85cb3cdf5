/** Nodes of the frame's documents, by what was recorded of them. */
import { createElement, createElementNS, firstChildOf, implementationOf, removeChild, setAttribute } from './dom.ts';
import { XHTML, type Realm } from './frame.ts';
import { MARK } from './marks.ts';
import type { Namespace } from './operation.ts';

const NAMESPACES = { html: XHTML, svg: 'http://www.w3.org/2000/svg', math: 'http://www.w3.org/1998/Math/MathML' } as const;

/** Stands for an element whose name no browser lets a script make. */
const UNNAMED = 'rum-player-unnamed';

export function makeDoctype(document: Document, { name, publicId, systemId }: { name: string; publicId: string; systemId: string }): Node | undefined {
  try {
    return implementationOf(document).createDocumentType(name, publicId, systemId);
  } catch {
    return undefined;
  }
}

export function makeElement(document: Document, namespace: Namespace, name: string): Element {
  const make = (called: string): Element =>
    // As a parser does: a colon in the name of an element of HTML ends no prefix.
    namespace === 'html' ? createElement(document, called) : createElementNS(document, NAMESPACES[namespace], called);
  try {
    return make(name);
  } catch {
    const element = make(UNNAMED);
    setAttribute(element, `${MARK}name`, name);
    return element;
  }
}

/** Makes `:defined` true of an element: a class of the frame's own realm that does nothing. */
export function define(realm: Realm, name: string): void {
  try {
    if (!realm.customElements.get(name)) realm.customElements.define(name, class extends realm.HTMLElement {});
  } catch {
    // No name of a custom element.
  }
}

export function empty(node: Node): void {
  for (let child = firstChildOf(node); child; child = firstChildOf(node)) removeChild(node, child);
}
