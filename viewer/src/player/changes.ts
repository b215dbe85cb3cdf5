/**
 * Datadog's change format (record type 2 format 1, and type 12): nodes, texts and sheets are numbered in the order they
 * come, so a reader has to have seen all that came before. After a lost segment the numbers of what is new are unknown until
 * the next full snapshot: changes of nodes known before still apply, the others are counted.
 */
import { MAX_SHEETS, MAX_STRINGS } from './limits.ts';
import { CHOICES, LAYERS, type Attribute, type Content, type Namespace, type Operation, type Place, type Sheet } from './operation.ts';
import { fieldOf, idOf, listOf, pixelsOf, textOf } from './reading.ts';

/** Where operations go, and the number of things that could not be read. */
export interface Out {
  add(operation: Operation): void;
  skip(): void;
}

const PREFIXES: Readonly<Record<string, Namespace>> = { 'svg>': 'svg', 'math>': 'math' };
const PREFIX = /^(?:svg|math)>/;

export class ChangeReader {
  #strings: string[] = [];
  #nodes = 0;
  #sheets = 0;
  /** Whether the number of the next node, and of the next text, is unknown. */
  #areNodesTorn = false;
  #areStringsTorn = false;

  /** A full snapshot: everything is numbered anew. */
  begin(): void {
    this.#strings = [];
    this.#nodes = 0;
    this.#sheets = 0;
    this.#areNodesTorn = false;
    this.#areStringsTorn = false;
  }

  /** Something is missing before what comes next. */
  tear(): void {
    this.#areNodesTorn = true;
    this.#areStringsTorn = true;
  }

  read(changes: unknown, out: Out): void {
    for (const change of listOf(changes)) {
      const [kind, ...items] = listOf(change);
      if (kind === 14) {
        this.#strings = [];
        this.#areStringsTorn = false;
      } else if (kind === 0) this.#addStrings(items);
      else if (kind === 11) for (const item of items) this.#addStrings(listOf(item).slice(1));
      else if (kind === 101) this.#defined(items, out);
      else this.#each(kind, items, out);
    }
  }

  #each(kind: unknown, items: readonly unknown[], out: Out): void {
    const read = typeof kind === 'number' ? READERS[kind] : undefined;
    for (const item of items) {
      const operation = read?.(this, item);
      if (Array.isArray(operation)) for (const one of operation) one ? out.add(one) : out.skip();
      else if (operation) out.add(operation as Operation);
      else out.skip();
    }
    if (!read && items.length === 0) out.skip();
  }

  #addStrings(items: readonly unknown[]): void {
    if (this.#areStringsTorn) return;
    for (const item of items) {
      if (this.#strings.length >= MAX_STRINGS) return;
      // What is no text still has a number.
      this.#strings.push(textOf(item) ?? '');
    }
  }

  #defined(items: readonly unknown[], out: Out): void {
    const names = items.map((item) => this.text(item)).filter((name) => name !== undefined);
    if (names.length < items.length) out.skip();
    if (names.length > 0) out.add({ op: 'defined', names });
  }

  /** A text: a literal, a literal with its role, or a number in the table. */
  text(value: unknown): string | undefined {
    if (typeof value === 'number') return this.#strings[value];
    return textOf(value) ?? textOf(fieldOf(value, 'string'));
  }

  node(value: unknown): number | undefined {
    const id = idOf(value);
    return id !== undefined && id < this.#nodes ? id : undefined;
  }

  sheet(value: unknown): number | undefined {
    const id = idOf(value);
    return id !== undefined && id < this.#sheets ? id : undefined;
  }

  addNode(item: unknown): Operation | undefined {
    if (this.#areNodesTorn) return undefined;
    // Numbered whether or not it can be read, for those that come after it.
    const id = this.#nodes;
    this.#nodes += 1;
    const [point, name, ...rest] = listOf(item);
    const place = placeOf(point, id);
    const content = this.#content(this.text(name), rest);
    return place && content && { op: 'add', id, place, content };
  }

  #content(name: string | undefined, rest: readonly unknown[]): Content | undefined {
    switch (name) {
      case undefined:
      case '':
        return undefined;
      case '#document':
        return { kind: 'document' };
      case '#document-fragment':
        return { kind: 'fragment' };
      case '#shadow-root':
        return { kind: 'shadow' };
      case '#cdata-section':
        return { kind: 'cdata', text: '' };
      case '#text': {
        const text = this.text(rest[0]);
        return text === undefined ? undefined : { kind: 'text', text };
      }
      case '#doctype': {
        const [doctype, publicId, systemId] = rest.map((part) => this.text(part) ?? '');
        return { kind: 'doctype', name: doctype ?? '', publicId: publicId ?? '', systemId: systemId ?? '' };
      }
      default: {
        const attributes = rest.map((pair) => this.#attribute(pair)).filter((pair) => pair !== undefined);
        return { kind: 'element', ...elementName(name), attributes };
      }
    }
  }

  #attribute(pair: unknown): Attribute | undefined {
    const [name, value] = listOf(pair).map((part) => this.text(part));
    return name === undefined || value === undefined ? undefined : [name, value];
  }

  addSheet(item: unknown): Operation | undefined {
    if (this.#areNodesTorn || this.#sheets >= MAX_SHEETS) return undefined;
    const sheet = this.#sheets;
    this.#sheets += 1;
    const [rules, media, isDisabled] = listOf(item);
    const texts = (values: readonly unknown[]): string[] => values.map((value) => this.text(value) ?? '');
    const content: Sheet = {
      rules: texts(Array.isArray(rules) ? rules : [rules]),
      media: texts(listOf(media)),
      isDisabled: isDisabled === true,
    };
    return { op: 'sheet', sheet, content };
  }
}

type Read = (reader: ChangeReader, item: unknown) => Operation | undefined | readonly (Operation | undefined)[];

/** By kind of change: what one of its items says. */
const READERS: Readonly<Record<number, Read>> = {
  1: (reader, item) => reader.addNode(item),
  2: (reader, item) => onNode(reader, item, (id) => ({ op: 'remove', id })),
  3: (reader, item) => {
    const [node, ...changes] = listOf(item);
    return onNode(reader, node, (id) => changes.map((change) => attributeChange(reader, id, change)));
  },
  4: (reader, item) => onNodeWithText(reader, item, (id, text) => ({ op: 'text', id, text })),
  5: (reader, item) => onNodeWithPair(reader, item, (id, width, height) => ({ op: 'size', id, width, height })),
  6: (reader, item) => onNodeWithPair(reader, item, (id, x, y) => ({ op: 'scroll', id, x, y })),
  7: (reader, item) => reader.addSheet(item),
  8: (reader, item) => {
    const [node, ...sheets] = listOf(item);
    const known = sheets.map((sheet) => reader.sheet(sheet)).filter((sheet) => sheet !== undefined);
    return onNode(reader, node, (id) => ({ op: 'attach', id, sheets: known }));
  },
  9: (reader, item) => {
    const [node, state] = listOf(item);
    return onNode(reader, node, (id) => ({ op: 'media', id, state: { name: 'plays', value: state === 0 } }));
  },
  10: (_, item) => visualViewport(item),
  12: (reader, item) => onNodeWithText(reader, item, (id, value) => ({ op: 'value', id, value })),
  13: (reader, item) => {
    const [state, ...nodes] = listOf(item);
    const choice = typeof state === 'number' ? CHOICES[state] : undefined;
    return choice && nodes.map((node) => onNode(reader, node, (id) => ({ op: 'choice', id, choice })) as Operation | undefined);
  },
  15: (reader, item) => onNodeWithText(reader, item, (id, resource) => ({ op: 'image', id, resource })),
  100: (reader, item) => {
    const [node, number] = listOf(item);
    const layer = typeof number === 'number' ? LAYERS[number] : undefined;
    return layer && onNode(reader, node, (id) => ({ op: 'layer', id, layer }));
  },
};

function onNode<Said>(reader: ChangeReader, value: unknown, say: (id: number) => Said): Said | undefined {
  const id = reader.node(value);
  return id === undefined ? undefined : say(id);
}

function onNodeWithText(reader: ChangeReader, item: unknown, say: (id: number, text: string) => Operation): Operation | undefined {
  const [node, value] = listOf(item);
  const text = reader.text(value);
  return text === undefined ? undefined : onNode(reader, node, (id) => say(id, text));
}

function onNodeWithPair(reader: ChangeReader, item: unknown, say: (id: number, one: number, other: number) => Operation): Operation | undefined {
  const [node, first, second] = listOf(item);
  const [one, other] = [pixelsOf(first), pixelsOf(second)];
  return one === undefined || other === undefined ? undefined : onNode(reader, node, (id) => say(id, one, other));
}

function attributeChange(reader: ChangeReader, id: number, change: unknown): Operation | undefined {
  const [nameOf, ...values] = listOf(change);
  const name = reader.text(nameOf);
  if (name === undefined) return undefined;
  if (values.length === 0) return { op: 'attribute', id, name, value: null };
  const value = reader.text(values[0]);
  return value === undefined ? undefined : { op: 'attribute', id, name, value };
}

/** An insertion point is told as the distance from the new node's own number. */
function placeOf(point: unknown, id: number): Place | undefined {
  if (point === null) return { at: 'root' };
  if (typeof point !== 'number' || !Number.isInteger(point)) return undefined;
  if (point === 0) return id === 0 ? undefined : { at: 'after', of: id - 1 };
  const of = id - Math.abs(point);
  return of < 0 ? undefined : { at: point > 0 ? 'append' : 'before', of };
}

function elementName(recorded: string): { name: string; namespace: Namespace } {
  const prefix = PREFIX.exec(recorded)?.[0];
  if (prefix === undefined) return { name: recorded.toLowerCase(), namespace: 'html' };
  return { name: recorded.slice(prefix.length), namespace: PREFIXES[prefix] as Namespace };
}

/** Offsets to the layout viewport, offsets in the page, size, scale. */
function visualViewport(item: unknown): Operation | undefined {
  const [offsetLeft, offsetTop, , , width = 0, height = 0, scale] = listOf(item).map(pixelsOf);
  if (offsetLeft === undefined || offsetTop === undefined || scale === undefined || scale <= 0) return undefined;
  return { op: 'visualViewport', viewport: { offsetLeft, offsetTop, width, height, scale } };
}
