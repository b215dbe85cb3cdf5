/**
 * A recording as events of rrweb, for players of that family. Content and interaction pass whole; what rrweb has no event for
 * (zoom, focus of the window, frustrations, popovers) becomes a custom event. Numbers of nodes are one higher, for 0 is no
 * number there.
 */
import { attributeOf, childrenOf, DocumentModel, elementName, type ModelNode } from './document-model.ts';
import type { Operation, PointerAt } from './operation.ts';
import type { Recording } from './recording.ts';
import { serializeNode, serializeTree, sheetText, type RrwebNode } from './rrweb-nodes.ts';

export interface RrwebEvent {
  readonly type: number;
  readonly timestamp: number;
  readonly data: unknown;
}

const [FULL_SNAPSHOT, INCREMENTAL, META, CUSTOM] = [2, 3, 4, 5];
/** Sources of incremental events. */
const SOURCE = { mutation: 0, mouseMove: 1, interaction: 2, scroll: 3, resize: 4, input: 5, touchMove: 6, media: 7, rule: 8, selection: 14, adopted: 15, element: 16 } as const;

interface Add {
  readonly node: ModelNode;
  readonly parentId: number;
  readonly nextId: number | null;
}

export function exportRrweb(recording: Recording): RrwebEvent[] {
  const writer = new Writer();
  for (const { atMs, operations } of recording.entries) writer.entry(atMs, operations);
  return writer.events;
}

class Writer {
  readonly events: RrwebEvent[] = [];
  readonly #model = new DocumentModel();
  #atMs = 0;
  #adds: Add[] = [];
  #added = new Set<number>();
  #removes: { id: number; parentId: number }[] = [];
  #texts: { id: number; value: string }[] = [];
  #attributes: { id: number; attributes: Record<string, unknown> }[] = [];
  #focused: number | null = null;

  entry(atMs: number, operations: readonly Operation[]): void {
    this.#atMs = atMs;
    const isSnapshot = operations[0]?.op === 'reset';
    for (const operation of operations) {
      if (!isSnapshot) this.#before(operation);
      if (this.#model.apply(operation) && !isSnapshot) this.#after(operation);
    }
    if (isSnapshot) this.#snapshot();
    this.#flush();
  }

  #snapshot(): void {
    const { root, around } = this.#model;
    if (!root) return;
    this.#emit(META, { href: around.href || 'about:blank', ...around.viewport });
    const nested: ModelNode[] = [];
    const position = root.state.scroll ?? { x: 0, y: 0 };
    this.#emit(FULL_SNAPSHOT, { node: serializeTree(root, this.#model, nested), initialOffset: { left: position.x, top: position.y } });
    // Serializing one may find more in it.
    for (let at = 0; at < nested.length; at += 1) this.#attach(nested[at] as ModelNode, (node) => serializeTree(node, this.#model, nested));
    for (const node of this.#model.nodes.values()) if (isAdopter(node)) this.#adopt(node);
  }

  /** Removals come first in an event, so what was added before is told before. */
  #before(operation: Operation): void {
    if (operation.op !== 'remove') return;
    const node = this.#model.nodes.get(operation.id);
    if (!node?.parent) return;
    if (this.#adds.length + this.#texts.length + this.#attributes.length > 0) this.#flush();
    if (node.content.kind !== 'shadow') this.#removes.push({ id: node.id + 1, parentId: hostOf(node.parent).id + 1 });
  }

  #after(operation: Operation): void {
    const node = 'id' in operation && operation.id !== null ? this.#model.nodes.get(operation.id) : undefined;
    switch (operation.op) {
      case 'add':
        if (node) this.#add(node);
        return;
      case 'text':
        if (!this.#added.has(operation.id)) this.#texts.push({ id: operation.id + 1, value: operation.text });
        return;
      case 'attribute':
        return this.#attribute(operation.id, { [operation.name]: operation.value });
      case 'size':
        return this.#attribute(operation.id, { rr_width: `${operation.width}px`, rr_height: `${operation.height}px` });
      case 'attach':
        if (node && isAdopter(node)) return this.#adopt(node);
        if (node) this.#attribute(node.id, { _cssText: sheetText(node, this.#model) });
        return;
      case 'layer':
        if (node && elementName(node) === 'dialog') return this.#attribute(node.id, operation.layer === 'modal' ? { open: '', rr_open_mode: 'modal' } : { rr_open_mode: null });
        return this.#custom(`layer-${operation.layer}`, { id: operation.id + 1 });
      default:
        return this.#happened(operation, node);
    }
  }

  #happened(operation: Operation, node: ModelNode | undefined): void {
    switch (operation.op) {
      case 'scroll':
        return this.#incremental(SOURCE.scroll, { id: operation.id + 1, x: operation.x, y: operation.y });
      case 'value':
        return this.#incremental(SOURCE.input, { id: operation.id + 1, text: operation.value, isChecked: false });
      case 'choice':
        if (node) this.#choice(node, operation.choice === 'chosen');
        return;
      case 'media':
        if (operation.state.name === 'plays') this.#incremental(SOURCE.media, { id: operation.id + 1, type: operation.state.value ? 0 : 1 });
        else this.#incremental(SOURCE.media, { id: operation.id + 1, type: MEDIA[operation.state.name], [MEDIA_FIELDS[operation.state.name]]: operation.state.value });
        return;
      case 'rule': {
        const { index, text } = operation.edit;
        const at = index.length === 1 ? index[0] : index;
        return this.#incremental(SOURCE.rule, { id: operation.id + 1, ...(text === null ? { removes: [{ index: at }] } : { adds: [{ rule: text, index: at }] }) });
      }
      case 'defined':
        for (const name of operation.names) this.#incremental(SOURCE.element, { define: { name } });
        return;
      default:
        this.#window(operation);
    }
  }

  #window(operation: Operation): void {
    switch (operation.op) {
      case 'viewport':
        return this.#incremental(SOURCE.resize, { width: operation.width, height: operation.height });
      case 'pointer': {
        const { x, y, kind } = operation.pointer;
        const id = (operation.target ?? this.#model.root?.id ?? 0) + 1;
        return this.#incremental(kind === 'mouse' ? SOURCE.mouseMove : SOURCE.touchMove, { positions: [{ x, y, id, timeOffset: 0 }] });
      }
      case 'press':
        if (operation.pointer) this.#press(operation.pointer, operation.isDown);
        return;
      case 'click':
        return this.#incremental(SOURCE.interaction, { type: 2, id: operation.target + 1, x: operation.pointer.x, y: operation.pointer.y });
      case 'focus':
        if (operation.id !== null) this.#incremental(SOURCE.interaction, { type: 5, id: operation.id + 1 });
        else if (this.#focused !== null) this.#incremental(SOURCE.interaction, { type: 6, id: this.#focused + 1 });
        this.#focused = operation.id;
        return;
      case 'selection': {
        const { selection } = operation;
        const ranges = selection ? [{ ...selection, start: selection.start + 1, end: selection.end + 1 }] : [];
        return this.#incremental(SOURCE.selection, { ranges });
      }
      case 'visualViewport':
        return this.#custom('visual-viewport', operation.viewport);
      case 'windowFocus':
        return this.#custom('window-focus', { hasFocus: operation.hasFocus });
      case 'frustration':
        return this.#custom('frustration', { kinds: operation.kinds });
      case 'viewEnd':
        return this.#custom('view-end', {});
    }
  }

  #press({ x, y, kind }: PointerAt, isDown: boolean): void {
    const type = kind === 'mouse' ? (isDown ? 1 : 0) : isDown ? 7 : 9;
    this.#incremental(SOURCE.interaction, { type, id: (this.#model.around.target ?? this.#model.root?.id ?? 0) + 1, x, y });
  }

  /** An option that is chosen is the value of its select there. */
  #choice(node: ModelNode, isChosen: boolean): void {
    if (elementName(node) !== 'option') return this.#incremental(SOURCE.input, { id: node.id + 1, text: attributeOf(node, 'value') ?? 'on', isChecked: isChosen });
    const value = attributeOf(node, 'value') ?? childrenOf(node).map(({ text }) => text).join('').trim();
    let select = node.parent;
    while (select && elementName(select) !== 'select') select = select.parent;
    if (select && isChosen) this.#incremental(SOURCE.input, { id: select.id + 1, text: value, isChecked: false });
  }

  #add(node: ModelNode): void {
    if (!node.parent || node.content.kind === 'shadow') return;
    if (node.content.kind === 'document') {
      this.#flush();
      return this.#attach(node, (document) => serializeNode(document, this.#model));
    }
    this.#adds.push({ node, parentId: hostOf(node.parent).id + 1, nextId: nextOf(node) });
    this.#added.add(node.id);
  }

  /** The document of a frame has an event to itself. */
  #attach(document: ModelNode, serialize: (node: ModelNode) => RrwebNode): void {
    const adds = [{ parentId: (document.parent?.id ?? 0) + 1, nextId: null, node: serialize(document) }];
    this.#incremental(SOURCE.mutation, { adds, removes: [], texts: [], attributes: [], isAttachIframe: true });
  }

  #attribute(id: number, attributes: Record<string, unknown>): void {
    // An added node is told as it is when the event is written.
    if (!this.#added.has(id)) this.#attributes.push({ id: id + 1, attributes });
  }

  #adopt(node: ModelNode): void {
    const ids = (node.state.sheets ?? []).filter((id) => this.#model.sheets.has(id));
    const styles = ids.map((styleId) => ({
      styleId: styleId + 1,
      rules: (this.#model.sheets.get(styleId)?.rules ?? []).map((rule, index) => ({ rule, index })),
    }));
    this.#incremental(SOURCE.adopted, { id: hostOf(node).id + 1, styleIds: ids.map((id) => id + 1), styles });
  }

  #incremental(source: number, data: object): void {
    if (source !== SOURCE.mutation) this.#flush();
    // Before there is a document, its meta event says all there is.
    if (this.#model.root) this.#emit(INCREMENTAL, { source, ...data });
  }

  #custom(tag: string, payload: unknown): void {
    this.#flush();
    this.#emit(CUSTOM, { tag, payload });
  }

  #flush(): void {
    if (this.#adds.length + this.#removes.length + this.#texts.length + this.#attributes.length === 0) return;
    const adds = this.#adds.map(({ node, parentId, nextId }) => ({ parentId, nextId, node: serializeNode(node, this.#model) }));
    const data = { source: SOURCE.mutation, adds, removes: this.#removes, texts: this.#texts, attributes: this.#attributes };
    [this.#adds, this.#removes, this.#texts, this.#attributes] = [[], [], [], []];
    this.#added = new Set();
    this.#emit(INCREMENTAL, data);
  }

  #emit(type: number, data: unknown): void {
    this.events.push({ type, timestamp: this.#atMs, data });
  }
}

const MEDIA = { seeked: 2, volume: 3, rate: 4 } as const;
const MEDIA_FIELDS = { seeked: 'currentTime', volume: 'volume', rate: 'playbackRate' } as const;

function isAdopter(node: ModelNode): boolean {
  return node.state.sheets !== undefined && (node.content.kind === 'document' || node.content.kind === 'shadow');
}

/** Children of a shadow root are told as its host's. */
function hostOf(node: ModelNode): ModelNode {
  return node.content.kind === 'shadow' && node.parent ? node.parent : node;
}

function nextOf(node: ModelNode): number | null {
  let next = node.next;
  while (next?.content.kind === 'shadow') next = next.next;
  return next ? next.id + 1 : null;
}
