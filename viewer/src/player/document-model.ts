/**
 * What the recorded document is at a moment, without any DOM: operations change it, a copy of it is a keyframe, the renderer
 * shows it. It refuses what cannot be: a node whose place is unknown, a second node of one number, more than the limits.
 * As nodes are only ever added under a node that is there, and never moved, it is a tree whatever it is told.
 */
import { MAX_ATTRIBUTES, MAX_DEPTH, MAX_DOCUMENT_CHARS, MAX_NODES, MAX_RULE_EDITS, MAX_SHEETS } from './limits.ts';
import type { Attribute, Choice, Content, Layer, MediaState, Operation, Place, RuleEdit, Sheet } from './operation.ts';
import { isFrame } from './policy.ts';
import { emptySurroundings, surround, surroundingsAfter, type Surroundings } from './surroundings.ts';

/** What is set by operations rather than by markup. Never changed, only replaced, so that copies share it. */
export interface NodeState {
  readonly size?: { readonly width: number; readonly height: number };
  readonly scroll?: { readonly x: number; readonly y: number };
  readonly value?: string;
  readonly choice?: Stamped<Choice>;
  readonly layer?: Stamped<Layer>;
  readonly media?: Readonly<Record<string, string>>;
  readonly sheets?: readonly number[];
}

/** With the order in which it was set: the last radio button that was chosen, the topmost dialog. */
export interface Stamped<Value> {
  readonly value: Value;
  readonly stamp: number;
}

export interface ModelNode {
  readonly id: number;
  readonly content: Content;
  readonly depth: number;
  /** When it was added, or an attribute of it last changed: its animations began then, or before. */
  changedMs: number;
  parent: ModelNode | null;
  previous: ModelNode | null;
  next: ModelNode | null;
  first: ModelNode | null;
  last: ModelNode | null;
  attributes: readonly Attribute[];
  text: string;
  state: NodeState;
  /** Rules inserted and deleted since the sheet of this element was told: the last, and what was before. */
  rules: RuleChain | null;
}

/** Grows at its end and is never changed, so that copies share it. */
export interface RuleChain {
  readonly edit: RuleEdit;
  readonly before: RuleChain | null;
  readonly length: number;
}

const NO_ATTRIBUTES: readonly Attribute[] = [];
const NO_STATE: NodeState = {};

export class DocumentModel {
  root: ModelNode | null = null;
  readonly nodes = new Map<number, ModelNode>();
  readonly sheets = new Map<number, Sheet>();
  readonly defined = new Set<string>();
  around: Surroundings = emptySurroundings();
  /** The time of what is applied next, ms since the epoch. */
  nowMs = 0;
  #chars = 0;
  #stamp = 0;

  /** Applies an operation; answers whether it could be. */
  apply(operation: Operation): boolean {
    switch (operation.op) {
      case 'reset':
        this.#reset();
        return true;
      case 'add':
        return this.#add(operation.id, operation.place, operation.content);
      case 'sheet':
        if (this.sheets.size >= MAX_SHEETS) return false;
        this.sheets.set(operation.sheet, operation.content);
        return true;
      case 'defined':
        for (const name of operation.names) this.defined.add(name);
        return true;
      case 'remove':
      case 'attribute':
      case 'text':
      case 'size':
      case 'scroll':
      case 'attach':
      case 'rule':
      case 'value':
      case 'choice':
      case 'media':
      case 'image':
      case 'layer': {
        const node = this.nodes.get(operation.id);
        return node !== undefined && mayHave(node, operation.op) && this.#change(node, operation);
      }
      default:
        return surround(this.around, operation);
    }
  }

  /** A copy that goes its own way. */
  clone(): DocumentModel {
    const copy = new DocumentModel();
    for (const [id, node] of this.nodes) copy.nodes.set(id, { ...node });
    const of = (node: ModelNode | null): ModelNode | null => (node ? (copy.nodes.get(node.id) ?? null) : null);
    for (const node of copy.nodes.values()) {
      node.parent = of(node.parent);
      node.previous = of(node.previous);
      node.next = of(node.next);
      node.first = of(node.first);
      node.last = of(node.last);
    }
    copy.root = of(this.root);
    for (const [id, sheet] of this.sheets) copy.sheets.set(id, sheet);
    for (const name of this.defined) copy.defined.add(name);
    copy.around = { ...this.around };
    copy.#chars = this.#chars;
    copy.#stamp = this.#stamp;
    return copy;
  }

  #reset(): void {
    this.root = null;
    this.nodes.clear();
    this.sheets.clear();
    this.defined.clear();
    this.#chars = 0;
    this.#stamp = 0;
    this.around = surroundingsAfter(this.around);
  }

  #add(id: number, place: Place, content: Content): boolean {
    if (this.nodes.has(id) || this.nodes.size >= MAX_NODES) return false;
    if (place.at === 'root') {
      if (this.root || content.kind !== 'document') return false;
      this.root = this.#create(id, null, content);
      return true;
    }
    const of = this.nodes.get(place.of);
    const parent = place.at === 'append' ? of : of?.parent;
    if (!of || !parent || parent.depth >= MAX_DEPTH || !mayContain(parent, content) || !this.#hasRoomFor(charsIn(content))) return false;
    const node = this.#create(id, parent, content);
    const next = place.at === 'append' ? null : place.at === 'before' ? of : of.next;
    link(node, parent, next);
    return true;
  }

  #create(id: number, parent: ModelNode | null, content: Content): ModelNode {
    const isElement = content.kind === 'element';
    const node: ModelNode = {
      id,
      content,
      depth: parent ? parent.depth + 1 : 0,
      changedMs: this.nowMs,
      parent,
      previous: null,
      next: null,
      first: null,
      last: null,
      attributes: isElement ? content.attributes.slice(0, MAX_ATTRIBUTES) : NO_ATTRIBUTES,
      text: content.kind === 'text' ? content.text : '',
      state: NO_STATE,
      rules: null,
    };
    this.nodes.set(id, node);
    this.#chars += charsIn(content);
    return node;
  }

  #change(node: ModelNode, operation: Operation): boolean {
    switch (operation.op) {
      case 'remove':
        this.#remove(node);
        return true;
      case 'attribute':
        return this.#setAttribute(node, operation.name, operation.value);
      case 'text':
        if (!this.#hasRoomFor(operation.text.length)) return false;
        this.#chars += operation.text.length - node.text.length;
        node.text = operation.text;
        return true;
      case 'rule':
        if ((node.rules?.length ?? 0) >= MAX_RULE_EDITS) return false;
        node.rules = { edit: operation.edit, before: node.rules, length: (node.rules?.length ?? 0) + 1 };
        return true;
      case 'attach':
        node.rules = null;
        node.state = { ...node.state, sheets: operation.sheets };
        return true;
      case 'media':
        node.state = { ...node.state, media: mediaAfter(node.state.media, operation.state) };
        return true;
      case 'choice':
        node.state = { ...node.state, choice: this.#stamped(operation.choice) };
        return true;
      case 'layer':
        node.state = { ...node.state, layer: this.#stamped(operation.layer) };
        return true;
      case 'value':
        node.state = { ...node.state, value: operation.value };
        return true;
      case 'size':
        node.state = { ...node.state, size: { width: operation.width, height: operation.height } };
        return true;
      case 'scroll':
        node.state = { ...node.state, scroll: { x: operation.x, y: operation.y } };
        return true;
      default:
        return false;
    }
  }

  #setAttribute(node: ModelNode, name: string, value: string | null): boolean {
    node.changedMs = this.nowMs;
    const at = node.attributes.findIndex(([known]) => known === name);
    const before = node.attributes[at]?.[1].length ?? 0;
    if (value === null) {
      node.attributes = node.attributes.filter(([known]) => known !== name);
      this.#chars -= before;
      return true;
    }
    if (!this.#hasRoomFor(value.length) || (at < 0 && node.attributes.length >= MAX_ATTRIBUTES)) return false;
    const others = at < 0 ? node.attributes : node.attributes.slice(0, at);
    node.attributes = [...others, [name, value], ...(at < 0 ? [] : node.attributes.slice(at + 1))];
    this.#chars += value.length - before;
    return true;
  }

  #remove(node: ModelNode): void {
    unlink(node);
    if (node === this.root) this.root = null;
    for (const gone of subtree(node)) {
      this.nodes.delete(gone.id);
      this.#chars -= gone.text.length + gone.attributes.reduce((sum, [, value]) => sum + value.length, 0);
    }
  }

  #stamped<Value>(value: Value): Stamped<Value> {
    this.#stamp += 1;
    return { value, stamp: this.#stamp };
  }

  #hasRoomFor(chars: number): boolean {
    return this.#chars + chars <= MAX_DOCUMENT_CHARS;
  }
}

/** A node and all below it, parents first. A loop, for trees are deep. */
export function* subtree(top: ModelNode): Generator<ModelNode> {
  let node: ModelNode | null = top;
  while (node) {
    yield node;
    if (node.first) {
      node = node.first;
      continue;
    }
    while (node && node !== top && !node.next) node = node.parent;
    node = node === top ? null : (node?.next ?? null);
  }
}

export function childrenOf(node: ModelNode): ModelNode[] {
  const children: ModelNode[] = [];
  for (let child = node.first; child; child = child.next) children.push(child);
  return children;
}

/** The name of an element in its namespace, or nothing. */
export function elementName(node: ModelNode | null): string {
  if (node?.content.kind !== 'element') return '';
  const { name, namespace } = node.content;
  return namespace === 'html' ? name : `${namespace}>${name}`;
}

export function attributeOf(node: ModelNode, name: string): string | undefined {
  return node.attributes.find(([known]) => known === name)?.[1];
}

/** Whether a node is of a kind that can be told this. */
function mayHave({ content: { kind } }: ModelNode, op: Operation['op']): boolean {
  switch (op) {
    case 'remove':
      return true;
    case 'text':
      return kind === 'text';
    case 'scroll':
      return kind === 'element' || kind === 'document';
    case 'attach':
      return kind === 'element' || kind === 'document' || kind === 'shadow';
    default:
      return kind === 'element';
  }
}

/** Only frames contain documents, only elements have shadow roots, and one of each. */
function mayContain(parent: ModelNode, content: Content): boolean {
  switch (parent.content.kind) {
    case 'element':
      if (content.kind === 'document') return isFrame(elementName(parent)) && !parent.first;
      return content.kind === 'shadow' ? !childrenOf(parent).some((child) => child.content.kind === 'shadow') : content.kind !== 'doctype';
    case 'document':
      return content.kind === 'element' || content.kind === 'doctype' || content.kind === 'text';
    case 'shadow':
    case 'fragment':
      return content.kind !== 'document' && content.kind !== 'shadow' && content.kind !== 'doctype';
    default:
      return false;
  }
}

function charsIn(content: Content): number {
  if (content.kind === 'text') return content.text.length;
  return content.kind === 'element' ? content.attributes.reduce((sum, [, value]) => sum + value.length, 0) : 0;
}

function mediaAfter(before: NodeState['media'], { name, value }: MediaState): Readonly<Record<string, string>> {
  return { ...before, [name]: String(value) };
}

function link(node: ModelNode, parent: ModelNode, next: ModelNode | null): void {
  const previous = next ? next.previous : parent.last;
  node.previous = previous;
  node.next = next;
  if (previous) previous.next = node;
  else parent.first = node;
  if (next) next.previous = node;
  else parent.last = node;
}

function unlink(node: ModelNode): void {
  const { parent, previous, next } = node;
  if (previous) previous.next = next;
  else if (parent) parent.first = next;
  if (next) next.previous = previous;
  else if (parent) parent.last = previous;
  node.previous = null;
  node.next = null;
  node.parent = null;
}
