/**
 * Shows the model in a frame: as a whole, and then change by change. The model is right by construction, so this only
 * mirrors it; a node that is not shown (a script) has no counterpart, and what is below it is not shown either.
 */
import { Animations } from './animations.ts';
import { childrenOf, elementName, subtree, type DocumentModel, type ModelNode } from './document-model.ts';
import * as dom from './dom.ts';
import { doctypeOf, headNodes, isHead, openFrame, SANDBOX, XHTML, type Realm } from './frame.ts';
import { MAX_FRAMES } from './limits.ts';
import { define, empty, makeDoctype, makeElement } from './make.ts';
import { MARK } from './marks.ts';
import { Marks } from './pointer-marks.ts';
import type { Attribute, Operation } from './operation.ts';
import { isDropped, isFrame, keptName, shownAttributes } from './policy.ts';
import { AdoptedSheets, editRule, fillStyle } from './sheets.ts';
import { closesDialog, isOpenDialog, scroll, setChoice, setLayer, setMedia, setSize, setValue } from './states.ts';

/** After more than this between two pictures, what moves in the second may have begun long before it. */
const LEAP_MS = 250;

/** A document that is shown, as it was opened. */
interface Opened {
  readonly realm: Realm;
  readonly id: number | undefined;
  readonly doctype: string;
}

export class Renderer {
  readonly document: Document;
  readonly #model: DocumentModel;
  readonly #tellsDefined: boolean;
  readonly #shown = new Map<number, Node>();
  /** The documents that are shown, that of the whole and those of frames in it. */
  readonly #documents = new Map<Document, Opened>();
  /** Documents of frames of which the doctype, which comes first in them, is not told yet. */
  readonly #unopened = new Set<number>();
  readonly #adopted = new AdoptedSheets();
  readonly #dirtyStyles = new Set<number>();
  /** Scroll positions that could not be reached yet. */
  readonly #scrolls = new Set<number>();
  readonly #marks: Marks;
  readonly #animations = new Animations();
  /** The time of the picture before. */
  #followedMs = -Infinity;
  #frames = 0;
  /** Whether nodes come in the order of the document, each as the last of its parent. */
  #isBuilding = true;

  /** Shows a model in a frame that is in a document. */
  constructor(frame: HTMLIFrameElement, model: DocumentModel, tellsDefined: boolean) {
    const doctype = model.root ? doctypeOf(model.root) : '';
    const opened = openFrame(frame, doctype);
    if (!opened) throw new Error('the frame has no document');
    this.document = opened.document;
    this.#model = model;
    this.#tellsDefined = tellsDefined;
    this.#marks = new Marks((id) => this.#shown.get(id));
    this.#documents.set(opened.document, { realm: opened.realm, id: model.root?.id, doctype });
    this.#build();
    this.#isBuilding = false;
  }

  /** What shows a node. */
  nodeOf(id: number): Node | undefined {
    return this.#shown.get(id);
  }

  /** Whether an operation begins another document. */
  isOutdatedBy(operation: Operation): boolean {
    return operation.op === 'reset' || (operation.op === 'add' && operation.place.at === 'root');
  }

  /** Whether a document is of another kind by now than the one that is shown, which only a new frame can be. */
  get isOutdated(): boolean {
    return [...this.#documents.values()].some(({ id, doctype }) => {
      const node = id === undefined ? undefined : this.#model.nodes.get(id);
      return node !== undefined && childrenOf(node).some(({ content }) => content.kind === 'element') && doctypeOf(node) !== doctype;
    });
  }

  /** Before the model forgets it: a node is taken out with all below it. */
  remove(node: ModelNode): void {
    const shown = this.#shown.get(node.id);
    if (node.parent) this.#restyle(node.parent);
    for (const { id, content } of subtree(node)) {
      const gone = this.#shown.get(id);
      if (gone && content.kind === 'document') this.#documents.delete(gone as Document);
      if (gone && content.kind === 'element' && isFrame(content.name)) this.#frames -= 1;
      this.#shown.delete(id);
      this.#scrolls.delete(id);
      this.#dirtyStyles.delete(id);
      this.#unopened.delete(id);
    }
    // A shadow root cannot be taken off its host, and a document not off its frame: they are left empty.
    if (shown && (node.content.kind === 'shadow' || node.content.kind === 'document')) empty(shown);
    else if (shown) dom.detach(shown);
  }

  /** After the model took it. */
  apply(operation: Operation): void {
    if (operation.op === 'defined') return this.#define(operation.names);
    const node = 'id' in operation && operation.id !== null ? this.#model.nodes.get(operation.id) : undefined;
    if (!node) return;
    if (operation.op === 'add') {
      this.#create(node);
      return;
    }
    this.#open(node);
    const shown = this.#shown.get(node.id);
    if (operation.op === 'text') this.#text(node, shown);
    else if (operation.op === 'attach') this.#attach(node);
    else if (shown) this.#change(node, shown, operation);
  }

  /** After some operations: what depends on all of them. */
  settle(): void {
    for (const id of this.#unopened) {
      const node = this.#model.nodes.get(id);
      if (node) this.#open(node);
    }
    for (const id of this.#dirtyStyles) {
      const [node, shown] = [this.#model.nodes.get(id), this.#shown.get(id)];
      if (node && shown) fillStyle(shown as Element, node, this.#model);
    }
    this.#dirtyStyles.clear();
    for (const id of this.#scrolls) {
      const [node, shown] = [this.#model.nodes.get(id), this.#shown.get(id)];
      if (!shown || !node?.state.scroll || scroll(shown, node.state.scroll)) this.#scrolls.delete(id);
    }
    this.#marks.settle(this.#model);
  }

  /** Goes with the time of the recording, ms since the epoch. */
  follow(atMs: number): void {
    const beforeMs = this.#followedMs;
    this.#followedMs = atMs;
    const isLeap = atMs - beforeMs > LEAP_MS;
    let changes: Map<Node, number> | undefined;
    this.#animations.follow(this.#documents.keys(), atMs, (target) => {
      if (!isLeap) return undefined;
      const changedMs = (changes ??= this.#changes()).get(target);
      return changedMs !== undefined && changedMs > beforeMs ? changedMs : undefined;
    });
  }

  /** When what is shown was added or changed last. */
  #changes(): Map<Node, number> {
    const changes = new Map<Node, number>();
    for (const [id, shown] of this.#shown) changes.set(shown, this.#model.nodes.get(id)?.changedMs ?? 0);
    return changes;
  }

  #build(): void {
    const { root } = this.#model;
    if (!root) return;
    this.#shown.set(root.id, this.document);
    this.#define(this.#model.defined);
    const withState: ModelNode[] = [];
    for (const node of subtree(root)) {
      if (node !== root) this.#create(node);
      this.#open(node);
      if (Object.keys(node.state).length > 0) withState.push(node);
    }
    for (const node of withState) this.#restore(node);
    const stampOf = (node: ModelNode, name: 'choice' | 'layer'): number => node.state[name]?.stamp ?? 0;
    for (const name of ['choice', 'layer'] as const) {
      const inOrder = withState.filter((node) => node.state[name]).sort((one, other) => stampOf(one, name) - stampOf(other, name));
      for (const node of inOrder) this.#restoreStamped(node, name);
    }
    this.settle();
  }

  #restore(node: ModelNode): void {
    const { size, scroll: position, value, media, sheets } = node.state;
    if (sheets) this.#attach(node);
    const shown = this.#shown.get(node.id);
    if (!shown) return;
    if (value !== undefined) setValue(shown as Element, value);
    if (size) setSize(shown as Element, size);
    if (media) setMedia(shown as Element, media);
    if (position) this.#scrolls.add(node.id);
  }

  #restoreStamped(node: ModelNode, name: 'choice' | 'layer'): void {
    const shown = this.#shown.get(node.id);
    if (!shown) return;
    if (name === 'choice' && node.state.choice) setChoice(shown as Element, node.state.choice.value);
    if (name === 'layer' && node.state.layer) setLayer(shown as Element, node.state.layer.value);
  }

  #create(node: ModelNode): void {
    if (node.parent) this.#open(node.parent);
    const parent = node.parent && this.#shown.get(node.parent.id);
    if (!parent || !node.parent) return;
    // The text of a style is set as a whole, and so is what a recorder tells below it.
    if (isStyle(node.parent)) return this.#restyle(node.parent);
    const { content } = node;
    if (content.kind === 'shadow') this.#attachShadow(node, parent as Element);
    else if (content.kind === 'document') this.#unopened.add(node.id);
    else {
      const made = this.#make(node, ownerOf(parent));
      if (!made || !this.#insert(made, node, parent)) return;
      this.#shown.set(node.id, made);
      if (content.kind === 'element' && isFrame(content.name)) this.#addFrame(made as HTMLIFrameElement);
      if (isStyle(node)) this.#restyle(node);
      if (isHead(node)) for (const own of headNodes(ownerOf(made)).reverse()) dom.insertBefore(made, own, dom.firstChildOf(made));
    }
  }

  #make(node: ModelNode, document: Document): Node | undefined {
    const { content } = node;
    if (content.kind === 'text') return parentIsDocument(node) ? undefined : dom.createTextNode(document, node.text);
    if (content.kind === 'doctype') return makeDoctype(document, content);
    if (content.kind !== 'element' || isDropped(content.name) || (isFrame(content.name) && this.#frames >= MAX_FRAMES)) return undefined;
    if (content.namespace === 'html' && content.name.includes('-') && !this.#tellsDefined) this.#define([content.name]);
    const element = makeElement(document, content.namespace, content.name);
    // A frame of a frameset has none of its own, and is bound by that of the frame around all.
    if (content.name === 'iframe') dom.setAttribute(element, 'sandbox', SANDBOX);
    for (const attribute of node.attributes) this.#setAttribute(element, node, attribute);
    return element;
  }

  #insert(made: Node, node: ModelNode, parent: Node): boolean {
    try {
      dom.insertBefore(parent, made, this.#nextShown(node, parent));
      return true;
    } catch {
      // A second element at the root, a doctype behind it: no document can hold what was told.
      return false;
    }
  }

  /** The next sibling that is shown beside it. */
  #nextShown(node: ModelNode, parent: Node): Node | null {
    for (let next = this.#isBuilding ? null : node.next; next; next = next.next) {
      const shown = this.#shown.get(next.id);
      if (shown && dom.parentOf(shown) === parent) return shown;
    }
    return null;
  }

  #attachShadow(node: ModelNode, host: Element): void {
    try {
      this.#shown.set(node.id, dom.attachShadow(host, { mode: 'open' }));
    } catch {
      // An element that cannot have one here, or had one before: a root stays with its host for good.
      const known = dom.shadowRootOf(host);
      if (known) this.#shown.set(node.id, known);
    }
  }

  #addFrame(frame: HTMLIFrameElement): void {
    this.#frames += 1;
    // Of one whose document is not recorded, nothing is shown.
    if (frame.contentDocument) empty(frame.contentDocument);
  }

  /** A document of a frame that waits for what is in it. */
  #open(node: ModelNode): void {
    const frame = this.#unopened.delete(node.id) && node.parent && this.#shown.get(node.parent.id);
    if (!frame) return;
    const doctype = doctypeOf(node);
    const opened = openFrame(frame as HTMLIFrameElement, doctype);
    if (!opened) return;
    this.#shown.set(node.id, opened.document);
    this.#documents.set(opened.document, { realm: opened.realm, id: node.id, doctype });
    for (const name of this.#model.defined) define(opened.realm, name);
  }

  #change(node: ModelNode, shown: Node, operation: Operation): void {
    const element = shown as Element;
    switch (operation.op) {
      case 'attribute':
        return this.#attribute(node, element, operation.name, operation.value);
      case 'rule':
        if (this.#dirtyStyles.has(node.id)) return;
        return editRule(element, operation.edit);
      case 'value':
        return setValue(element, operation.value);
      case 'choice':
        return setChoice(element, operation.choice);
      case 'layer':
        return setLayer(element, operation.layer);
      case 'size':
        return setSize(element, operation);
      case 'media':
        return setMedia(element, node.state.media ?? {});
      case 'image':
        return dom.setAttribute(element, `${MARK}image`, operation.resource);
      case 'scroll':
        this.#scrolls.add(node.id);
    }
  }

  #attribute(node: ModelNode, element: Element, name: string, value: string | null): void {
    if (node.content.kind !== 'element' || isOpenDialog(node, name)) return;
    if (closesDialog(node, name, value)) (element as HTMLDialogElement).close();
    if (value !== null) this.#setAttribute(element, node, [name, value]);
    else for (const shown of [name, keptName(name)]) this.#removeAttribute(element, shown);
    if (name.toLowerCase() === 'style' && node.state.size) setSize(element, node.state.size);
  }

  #setAttribute(element: Element, node: ModelNode, [recorded, value]: Attribute): void {
    if (node.content.kind !== 'element') return;
    const { name: elementNamed, namespace } = node.content;
    const all = shownAttributes(elementNamed, namespace, recorded, value);
    // What was shown before must not outlive a value that is not.
    for (const before of [recorded, keptName(recorded)]) if (!all.some(({ name }) => name === before)) this.#removeAttribute(element, before);
    for (const shown of all) {
      try {
        if (shown.namespace === null && namespace === 'html') dom.setAttribute(element, shown.name, shown.value);
        else dom.setAttributeNS(element, shown.namespace, shown.name, shown.value);
      } catch {
        // Parsers take names that scripts cannot give.
      }
    }
  }

  /** Not the one attribute that a frame has from us: without its sandbox it would be free. */
  #removeAttribute(element: Element, name: string): void {
    if (name.toLowerCase() !== 'sandbox' && (!name.startsWith(MARK) || name.startsWith(keptName('')))) dom.removeAttribute(element, name);
  }

  #text(node: ModelNode, shown: Node | undefined): void {
    if (node.parent && isStyle(node.parent)) this.#restyle(node.parent);
    else if (shown) dom.setText(shown, node.text);
  }

  #attach(node: ModelNode): void {
    const shown = this.#shown.get(node.id);
    if (!shown) return;
    if (node.content.kind === 'document' || node.content.kind === 'shadow') {
      const realm = this.#documents.get(ownerOf(shown))?.realm;
      if (realm) this.#adopted.adopt(shown as Document | ShadowRoot, realm, node, this.#model);
      return;
    }
    if (elementName(node) === 'link') this.#replaceLink(node, shown as Element);
    this.#restyle(node);
  }

  /** A link fetches its sheet; a style in its place has it. */
  #replaceLink(node: ModelNode, link: Element): void {
    const parent = dom.parentOf(link);
    if (!parent || dom.localNameOf(link) === 'style') return;
    const style = dom.createElementNS(ownerOf(link), XHTML, 'style');
    for (const attribute of node.attributes) this.#setAttribute(style, node, attribute);
    dom.setAttribute(style, `${MARK}link`, '');
    dom.insertBefore(parent, style, link);
    dom.detach(link);
    this.#shown.set(node.id, style);
  }

  #restyle(node: ModelNode): void {
    if (isStyle(node) || node.state.sheets) this.#dirtyStyles.add(node.id);
  }

  #define(names: Iterable<string>): void {
    for (const name of names) for (const { realm } of this.#documents.values()) define(realm, name);
  }
}

function ownerOf(node: Node): Document {
  return dom.ownerDocumentOf(node) ?? (node as Document);
}

function isStyle(node: ModelNode): boolean {
  const name = elementName(node);
  return name === 'style' || name === 'svg>style';
}

function parentIsDocument(node: ModelNode): boolean {
  return node.parent?.content.kind === 'document';
}
