/**
 * Tells nodes that the engine does not have yet, with all that is below them.
 *
 * A walk is a stack of open parents, each with the child it has come to. It rests whenever its time is up, so the page
 * changes meanwhile: what is removed takes its part of the stack with it (`NodeIds.has`), a child that was come to and
 * leaves hands over to the one before it (`left`), and what is added stands in `pending`, where it is passed over.
 * So whatever is to the right of where an open parent has come to is not recorded, and is told as its last child.
 */
import {
  attributeNames,
  contentDocument,
  firstChild,
  namespace,
  nextSibling,
  nodeName,
  nodeType,
  nodeValue,
  shadowRoot,
} from './natives.ts';
import { Op, Role } from './ops.ts';
import { attributeValue, roleOf } from './privacy/attribute.ts';
import { Fate, fateOf, levelOf, takesInput, traitOf, valueOf } from './privacy/element.ts';
import type { Level } from './privacy/level.ts';
import { docTypeAt, textAt } from './privacy/text.ts';
import type { Recording, Root } from './recording.ts';

/** Nodes between two looks at the clock: some 50 µs. */
const NODES_A_LOOK = 32;

/** What others want to know of a walk. */
export interface Finds {
  element(element: Element, id: number, level: Level): void;
  /** A tree of its own begins; nothing in it is told yet. */
  root(root: Root, id: number): void;
}

export class Walk {
  #recording: Recording;
  #pending: ReadonlySet<Node>;
  #finds: Finds;
  /** The stack: open parents, their numbers, and the child of each that was told last. */
  #parents: Node[] = [];
  #ids: number[] = [];
  #told: (Node | null)[] = [];
  /** What the attributes of the element of the moment hold: one list for all. */
  #values: string[] = [];

  constructor(recording: Recording, pending: ReadonlySet<Node>, finds: Finds) {
    this.#recording = recording;
    this.#pending = pending;
    this.#finds = finds;
  }

  /** A node was removed from a parent, where it stood after another. */
  left(parent: Node, node: Node, previous: Node | null): void {
    const at = this.#parents.lastIndexOf(parent);
    if (at >= 0 && this.#told[at] === node) this.#told[at] = previous;
  }

  /** Walks on until there is nothing left, or it is that late. */
  proceed(until: number): boolean {
    const [parents, ids, told] = [this.#parents, this.#ids, this.#told];
    while (parents.length && !this.#recording.ids.has(ids[ids.length - 1]!)) this.#pop();
    for (let nodes = 1; parents.length; nodes++) {
      const top = parents.length - 1;
      const last = told[top];
      const child = last ? nextSibling(last) : firstChild(parents[top]!);
      if (child) {
        told[top] = child;
        if (!this.#pending.has(child)) this.tell(child, ids[top]!, 0);
      } else {
        this.#pop();
      }
      if (nodes % NODES_A_LOOK === 0 && performance.now() > until) return false;
    }
    return true;
  }

  /** Tells a node; what is below it follows when the walk proceeds. */
  tell(node: Node, parent: number, before: number): void {
    const { ids, ops } = this.#recording;
    const type = nodeType(node);
    if (type === 1) {
      this.#element(node as Element, parent, before);
    } else if (type === 3) {
      ops.place(Op.Text, ids.add(node, parent, ids.level(parent)), parent, before);
      ops.text(this.textOf(node, parent));
    } else if (type === 4) {
      ops.place(Op.CData, ids.add(node, parent, ids.level(parent)), parent, before);
    } else if (type === 10) {
      ops.place(Op.DocType, ids.add(node, parent, ids.level(parent)), parent, before);
      for (const text of docTypeAt(node as DocumentType, ids.level(parent))) ops.text(text);
    }
  }

  /** What may be told of a text in a parent. */
  textOf(node: Node, parent: number): string {
    const { ids, policy } = this.#recording;
    return textAt(nodeValue(node), ids.level(parent), policy);
  }

  /** Tells a document or shadow root. */
  tellRoot(root: Root, parent: number, level: Level): void {
    const { ids, ops } = this.#recording;
    const id = ids.add(root, parent, level);
    ops.add(nodeType(root) === 9 ? Op.Document : Op.ShadowRoot, id, parent);
    this.#finds.root(root, id);
    this.#push(root, id);
  }

  #element(element: Element, parent: number, before: number): void {
    const { ids, ops, policy, hasFrames } = this.#recording;
    const names = attributeNames(element);
    const values = this.#values;
    // Not by an iterator, which is an object for each element until the browser compiles this.
    for (let index = 0; index < names.length; index++) values[index] = valueOf(element, names[index]!);
    const trait = traitOf(element);
    const level = levelOf(element, ids.level(parent), policy, trait, names, values);
    const fate = fateOf(element, level, trait);
    if (fate === Fate.Left) return;
    const name = nameOf(element);
    const isClosed = fate === Fate.Boxed || isClosedName(name);
    const id = ids.add(element, parent, level, isClosed, ids.isTyped(parent) || takesInput(trait, names));
    ops.place(Op.Element, id, parent, before);
    ops.word(ops.name(name, Role.NodeName));
    const countAt = ops.length;
    ops.word(0);
    if (fate === Fate.Shown) {
      let count = 0;
      for (let index = 0; index < names.length; index++) {
        const name = names[index]!;
        const value = attributeValue(element, name, values[index]!, level, policy);
        if (value === undefined) continue;
        ops.word(ops.name(name, roleOf(name)));
        ops.text(value);
        count++;
      }
      ops.replace(countAt, count);
    }
    this.#finds.element(element, id, level);
    if (fate === Fate.Boxed) return;
    const content = hasFrames && isFrameName(name) && contentDocument(element);
    if (content) this.tellRoot(content, id, level);
    if (isClosed) return;
    const root = shadowRoot(element);
    this.#push(element, id);
    if (root) this.tellRoot(root, id, level);
  }

  #push(node: Node, id: number): void {
    this.#parents.push(node);
    this.#ids.push(id);
    this.#told.push(null);
  }

  #pop(): void {
    this.#parents.pop();
    this.#ids.pop();
    this.#told.pop();
  }
}

/** `DIV`, `svg>path`, `math>mi` */
function nameOf(element: Element): string {
  const name = nodeName(element);
  // Upper case is HTML's, which is the most of any page.
  if (name < 'a') return name;
  const space = namespace(element);
  if (space === 'http://www.w3.org/2000/svg') return `svg>${name}`;
  return space === 'http://www.w3.org/1998/Math/MathML' ? `math>${name}` : name;
}

export const isFrameName = (name: string): boolean => name === 'IFRAME' || name === 'FRAME';

/** Elements whose children are not told: sheets have observers of their own, what is in a frame's element is never shown. */
const isClosedName = (name: string): boolean => name === 'STYLE' || name === 'svg>style' || isFrameName(name);
