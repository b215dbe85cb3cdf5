/**
 * What the tap tells the replay engine: operations, packed. An operation is a row of 32-bit words in one buffer; its texts
 * stand, in the order of the words that ask for one, in one string with U+0000 between them. So a batch of any size crosses
 * to the worker as a transferred buffer and one string (a string by itself costs 0.6 µs at the boundary, joined 0.05), which
 * becomes UTF-8 there: that takes longer than to copy it.
 *
 * `rum-replay/src/ops.rs` reads it; a test compares the two lists.
 */

/** Operations. `id`, `parent` and `before` are numbers of `NodeIds`; 0 is none. A `*` is a text. */
export const enum Op {
  /**
   * id, parent, before, name, count, then for each attribute its name and its value *. `before` is the sibling it stands
   * before, 0: the last child. Names are words of `Ops.name`.
   */
  Element = 1,
  /** id, parent, before, *: a text node. */
  Text = 2,
  /** id, parent, before, * name, * public id, * system id */
  DocType = 3,
  /** id, parent: the document (parent 0), or that of an iframe. */
  Document = 4,
  /** id, host */
  ShadowRoot = 5,
  /** id, parent, before */
  CData = 6,
  /** id: with all that is below it. Its numbers are not used again. */
  Remove = 7,
  /** id, parent, before: a node goes elsewhere with all that is below it, as it is. */
  Move = 8,
  /** id, name, * */
  Attribute = 9,
  /** id, name */
  AttributeRemoved = 10,
  /** id, *: the data of a text node. */
  Data = 11,
  /** id, *: what is typed or chosen. */
  InputValue = 12,
  /** id, state (`SelectionState`) */
  InputSelection = 13,
  /** id, x, y: as it was found; what happened is `Scrolled`. */
  ScrollPosition = 14,
  /** id, width, height: of an element without content. */
  Size = 15,
  /** id, 1 if it plays */
  MediaPlays = 16,
  /** id, layer (`Layer`) */
  TopLayer = 17,
  /** count, then a name * each: custom elements that are defined. */
  Defined = 18,
  /** sheet, 1 if disabled, rules, media, then * each: a style sheet, or what one became. Sheets have numbers of their own. */
  Sheet = 20,
  /** id, count, then sheet each: the sheets of a node, all of them. */
  AttachSheets = 21,
  /** sheet, index, *: a rule inserted. */
  RuleInserted = 22,
  /** sheet, index */
  RuleDeleted = 23,
  /** No node: the document was walked; what follows are changes. */
  Walked = 30,

  // What happened, at so many ms after the batch's time. Words from here on may be negative.
  /** ms, id, x, y, 1 if by touch */
  PointerMoved = 40,
  /** ms, kind (`InteractionKind`), id, x, y, number */
  Interaction = 41,
  /** ms, id, x, y */
  Scrolled = 42,
  /** ms, width, height */
  Resized = 43,
  /** ms, then offsetLeft, offsetTop, pageLeft, pageTop, width, height, scale, each times 1,000 */
  VisualViewport = 44,
  /** ms, 1 if the window has the focus */
  Focus = 45,
  /** ms, id, state (0 plays, 1 paused, 2 seeked, 3 rate, 4 volume), value times 1,000 */
  Media = 46,
  /** ms, start id, offset, end id, offset */
  Selected = 47,
  /** ms, kinds, number of the interaction */
  Frustration = 49,
}

/** What a text is; Datadog's `StringRole`. */
export const enum Role {
  NodeName = 1,
  AttributeName = 2,
  AttributeValue = 3,
  Text = 4,
  FormInput = 5,
  Css = 6,
  Url = 7,
}

/** A batch of operations: words, and texts. */
export interface Packed {
  words: Int32Array<ArrayBuffer>;
  texts: string;
}

/** Words there is room for at first; a slice of the walk makes some 10,000. */
const FIRST_WORDS = 8_192;

/** Collects operations. */
export class Ops {
  #words = new Int32Array(FIRST_WORDS);
  #length = 0;
  #texts: string[] = [];
  /** Names of elements and attributes by their number, which is a word in place of a text; new ones are told once. */
  #names = new Map<string, number>();

  /** How many words wait. */
  get length(): number {
    return this.#length;
  }

  /** Adds an operation, but for its texts. */
  add(...words: number[]): void {
    for (const word of words) this.#put(word);
  }

  /** Adds an operation that puts a node in its place: one for each node of a page, and so without a list of words. */
  place(op: Op, id: number, parent: number, before: number): void {
    this.#put(op);
    this.#put(id);
    this.#put(parent);
    this.#put(before);
  }

  /** Adds a word. */
  word(word: number): void {
    this.#put(word);
  }

  #put(word: number): void {
    if (this.#length === this.#words.length) {
      const words = new Int32Array(this.#length * 2);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[this.#length++] = word;
  }

  /** Puts a word in the place of one that was added as long as it was not known. */
  replace(at: number, word: number): void {
    this.#words[at] = word;
  }

  /** Adds a text of the operation. */
  text(text: string): void {
    // With the separator in it, it would shift all that follow.
    this.#texts.push(text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text);
  }

  /**
   * The word of a name: `number << 4 | role << 1 | isNew`. The role is that of an attribute's value, `NodeName` for an
   * element. A new name is also the operation's next text, so it is asked for exactly where its word goes.
   */
  name(name: string, role: Role): number {
    const known = this.#names.get(name);
    if (known !== undefined) return (known << 4) | (role << 1);
    const number = this.#names.size;
    this.#names.set(name, number);
    this.text(name);
    return (number << 4) | (role << 1) | 1;
  }

  /** Hands over what was collected, and begins anew; names stay known. */
  take(): Packed {
    const words = this.#words.slice(0, this.#length);
    const texts = this.#texts.join('\0');
    this.#length = 0;
    this.#texts = [];
    return { words, texts };
  }
}
