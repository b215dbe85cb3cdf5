/**
 * Datadog's first format (record type 2 format 0, and type 3 source 0), which is rrweb's: nodes as trees of objects with numbers
 * of their own, and what is not an attribute of the document told by attributes that no document has.
 */
import type { Out } from './changes.ts';
import { MAX_DEPTH } from './limits.ts';
import type { Attribute, Operation, Place, Sheet } from './operation.ts';
import { fieldOf, idOf, listOf, pixelsOf, textOf } from './reading.ts';

/** Sheets of this format have no numbers: they get them here. */
export class TreeReader {
  #sheets = 0;

  begin(): void {
    this.#sheets = 0;
  }

  /** A full snapshot. */
  snapshot(data: unknown, out: Out): void {
    const node = fieldOf(data, 'node');
    this.#node(node, { at: 'root' }, 0, out);
    const offset = fieldOf(data, 'initialOffset');
    const [x, y] = [pixelsOf(fieldOf(offset, 'left')), pixelsOf(fieldOf(offset, 'top'))];
    const id = idOf(fieldOf(node, 'id'));
    if (id !== undefined && x !== undefined && y !== undefined) out.add({ op: 'scroll', id, x, y });
  }

  /** A mutation: what is removed, added, told anew, in this order. */
  mutation(data: unknown, out: Out): void {
    for (const removed of listOf(fieldOf(data, 'removes'))) say(out, idOf(fieldOf(removed, 'id')), (id) => ({ op: 'remove', id }));
    this.#adds(listOf(fieldOf(data, 'adds')), out);
    for (const text of listOf(fieldOf(data, 'texts'))) {
      const value = textOf(fieldOf(text, 'value')) ?? '';
      say(out, idOf(fieldOf(text, 'id')), (id) => ({ op: 'text', id, text: value }));
    }
    for (const change of listOf(fieldOf(data, 'attributes'))) {
      const id = idOf(fieldOf(change, 'id'));
      const attributes = fieldOf(change, 'attributes');
      if (id === undefined) out.skip();
      else for (const name of namesOf(attributes)) this.#attributeChange(id, name, fieldOf(attributes, name), out);
    }
  }

  /** A node may be listed before the sibling it stands before: those are added when that one is. */
  #adds(adds: readonly unknown[], out: Out): void {
    const announced = new Set(adds.map((add) => idOf(fieldOf(fieldOf(add, 'node'), 'id'))));
    const added = new Set<number>();
    let waiting = adds;
    while (waiting.length > 0) {
      const next: unknown[] = [];
      for (const add of waiting) {
        const [parent, before] = [idOf(fieldOf(add, 'parentId')), idOf(fieldOf(add, 'nextId'))];
        const waits = [parent, before].some((id) => id !== undefined && announced.has(id) && !added.has(id));
        if (waits) {
          next.push(add);
          continue;
        }
        const node = fieldOf(add, 'node');
        if (parent === undefined) out.skip();
        else this.#node(node, before === undefined ? { at: 'append', of: parent } : { at: 'before', of: before }, 0, out);
        const id = idOf(fieldOf(node, 'id'));
        if (id !== undefined) added.add(id);
      }
      if (next.length === waiting.length) {
        // They wait for each other.
        for (const _ of next) out.skip();
        return;
      }
      waiting = next;
    }
  }

  #node(node: unknown, place: Place, depth: number, out: Out): void {
    const id = idOf(fieldOf(node, 'id'));
    if (id === undefined || depth > MAX_DEPTH) return out.skip();
    const add = (content: Extract<Operation, { op: 'add' }>['content']): void => out.add({ op: 'add', id, place, content });
    switch (fieldOf(node, 'type')) {
      case 0:
        add({ kind: 'document' });
        this.#adopted(id, fieldOf(node, 'adoptedStyleSheets'), out);
        break;
      case 11:
        add({ kind: fieldOf(node, 'isShadowRoot') === true ? 'shadow' : 'fragment' });
        this.#adopted(id, fieldOf(node, 'adoptedStyleSheets'), out);
        break;
      case 1: {
        const [name, publicId, systemId] = ['name', 'publicId', 'systemId'].map((field) => textOf(fieldOf(node, field)) ?? '');
        add({ kind: 'doctype', name: name ?? '', publicId: publicId ?? '', systemId: systemId ?? '' });
        break;
      }
      case 2:
        this.#element(id, node, place, out);
        break;
      case 3:
        add({ kind: 'text', text: textOf(fieldOf(node, 'textContent')) ?? '' });
        break;
      case 4:
        add({ kind: 'cdata', text: '' });
        break;
      default:
        return out.skip();
    }
    for (const child of listOf(fieldOf(node, 'childNodes'))) this.#node(child, { at: 'append', of: id }, depth + 1, out);
  }

  #element(id: number, node: unknown, place: Place, out: Out): void {
    const tagName = textOf(fieldOf(node, 'tagName'));
    if (!tagName) return out.skip();
    const namespace = fieldOf(node, 'isSVG') === true ? 'svg' : 'html';
    const recorded = fieldOf(node, 'attributes');
    const attributes: Attribute[] = [];
    const states: Operation[] = [];
    for (const name of namesOf(recorded)) {
      const value = fieldOf(recorded, name);
      const state = this.#stateOf(id, name, value);
      if (state) states.push(...state);
      else if (value !== false && value !== null && value !== undefined) attributes.push([name, value === true ? '' : String(value)]);
    }
    const content = { kind: 'element', name: namespace === 'html' ? tagName.toLowerCase() : tagName, namespace, attributes } as const;
    out.add({ op: 'add', id, place, content });
    for (const state of states) out.add(state);
    const [width, height] = ['rr_width', 'rr_height'].map((name) => pixelsOf(Number.parseFloat(String(fieldOf(recorded, name)))));
    if (width !== undefined && height !== undefined) out.add({ op: 'size', id, width, height });
    const [x, y] = ['rr_scrollLeft', 'rr_scrollTop'].map((name) => pixelsOf(fieldOf(recorded, name)));
    if (x !== undefined || y !== undefined) out.add({ op: 'scroll', id, x: x ?? 0, y: y ?? 0 });
  }

  #attributeChange(id: number, name: string, value: unknown, out: Out): void {
    const state = this.#stateOf(id, name, value);
    if (state) for (const operation of state) out.add(operation);
    else if (value === null || value === false) out.add({ op: 'attribute', id, name, value: null });
    else if (typeof value === 'object' || value === undefined) out.skip();
    else out.add({ op: 'attribute', id, name, value: value === true ? '' : String(value) });
  }

  /** What an attribute says that is none; nothing if it is one. */
  #stateOf(id: number, name: string, value: unknown): Operation[] | undefined {
    switch (name) {
      case '_cssText':
        return this.#sheetsOf(id, [{ rules: [textOf(value) ?? ''], media: [], isDisabled: false }]);
      case 'rr_mediaState':
        return [{ op: 'media', id, state: { name: 'plays', value: value === 'played' } }];
      case 'rr_width':
      case 'rr_height':
      case 'rr_scrollLeft':
      case 'rr_scrollTop':
        return [];
      case 'checked':
      case 'selected':
        return typeof value === 'boolean' ? [{ op: 'choice', id, choice: value ? 'chosen' : 'not chosen' }] : undefined;
      default:
        return undefined;
    }
  }

  #adopted(id: number, sheets: unknown, out: Out): void {
    if (!Array.isArray(sheets)) return;
    const texts = (list: unknown): string[] => listOf(list).map((text) => textOf(text) ?? '');
    const contents = sheets.map((sheet): Sheet => ({
      rules: texts(fieldOf(sheet, 'cssRules')),
      media: texts(fieldOf(sheet, 'media')),
      isDisabled: fieldOf(sheet, 'disabled') === true,
    }));
    for (const operation of this.#sheetsOf(id, contents)) out.add(operation);
  }

  #sheetsOf(id: number, contents: readonly Sheet[]): Operation[] {
    const first = this.#sheets;
    this.#sheets += contents.length;
    return [
      ...contents.map((content, index) => ({ op: 'sheet', sheet: first + index, content }) as const),
      { op: 'attach', id, sheets: contents.map((_, index) => first + index) },
    ];
  }
}

function say(out: Out, id: number | undefined, operation: (id: number) => Operation): void {
  if (id === undefined) out.skip();
  else out.add(operation(id));
}

function namesOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}
