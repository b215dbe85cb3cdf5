/**
 * The browser's own ways to read the DOM, whatever the page has made of them: a form field named `childNodes` hides its
 * form's, libraries put functions of theirs in the place of methods. They are taken from the prototypes when this is
 * loaded. A fresh iframe would have untouched ones even where a page had replaced them before, but it is a change of the
 * page: its observers see the node, `frames` grows, a policy may forbid it. So a page that replaced getters of `Node`
 * itself is recorded as these show it.
 */

type Read<T> = (node: Node) => T;

const { bind, call } = Function.prototype;

/** A method as a function of its object, without a look at properties that the page may have replaced. */
const uncurried = (method: unknown): any => bind.call(call, method as never);

const getter = (owner: { prototype: Node }, name: string): any =>
  uncurried(Object.getOwnPropertyDescriptor(owner.prototype, name)!.get);

export const firstChild: Read<ChildNode | null> = getter(Node, 'firstChild');
export const nextSibling: Read<ChildNode | null> = getter(Node, 'nextSibling');
export const parentNode: Read<ParentNode | null> = getter(Node, 'parentNode');
export const nodeType: Read<number> = getter(Node, 'nodeType');
export const nodeName: Read<string> = getter(Node, 'nodeName');
export const nodeValue: Read<string> = getter(Node, 'nodeValue');
export const localName: Read<string> = getter(Element, 'localName');
export const namespace: Read<string | null> = getter(Element, 'namespaceURI');
export const shadowRoot: Read<ShadowRoot | null> = getter(Element, 'shadowRoot');
export const attributeNames: Read<string[]> = uncurried(Element.prototype.getAttributeNames);
export const attribute: (element: Element, name: string) => string | null = uncurried(Element.prototype.getAttribute);

/** The document of a frame that we may look into. Of no prototype of ours: frames in frames have their own. */
export function contentDocument(frame: Node): Document | null {
  try {
    return (frame as HTMLIFrameElement).contentDocument;
  } catch {
    return null;
  }
}

/** The browser's own function or constructor, where zone.js has one that makes Angular look for changes after ours. */
export function unpatched<Name extends 'MutationObserver' | 'setTimeout' | 'clearTimeout'>(name: Name): (typeof globalThis)[Name] {
  return (globalThis as any)[`__zone_symbol__${name}`] ?? globalThis[name];
}
