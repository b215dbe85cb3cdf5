/** Records: each becomes operations at times. */
import { ChangeReader, type Out } from './changes.ts';
import { MAX_POINTER_OFFSET_MS } from './limits.ts';
import type { MediaState, Operation, PointerAt, PointerKind } from './operation.ts';
import { fieldOf, idOf, listOf, numberOf, pixelsOf, sideOf, textOf } from './reading.ts';
import { TreeReader } from './tree.ts';

/** Takes the operations of a record; those before `at` have the record's own time. */
export interface RecordOut extends Out {
  /** What is added from here on happened so many ms after the record's time, or before it. */
  at(offsetMs: number): void;
}

const [MOVES, INTERACTION, SCROLL, RESIZE, INPUT, TOUCH_MOVES, MEDIA, RULES, POINTER] = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Reads the records of one view, in their order. */
export class RecordReader {
  readonly #changes = new ChangeReader();
  readonly #tree = new TreeReader();

  /** Records are missing before the next one. */
  tear(): void {
    this.#changes.tear();
  }

  read(record: unknown, out: RecordOut): void {
    const data = fieldOf(record, 'data');
    switch (fieldOf(record, 'type')) {
      case 2:
        return this.#snapshot(fieldOf(record, 'format'), data, out);
      case 3:
        return this.#incremental(data, out);
      case 4:
        return meta(data, out);
      case 6:
        return out.add({ op: 'windowFocus', hasFocus: fieldOf(data, 'has_focus') === true });
      case 7:
        return out.add({ op: 'viewEnd' });
      case 8:
        return visualViewport(data, out);
      case 9: {
        const kinds = listOf(fieldOf(data, 'frustrationTypes')).filter((kind) => typeof kind === 'string');
        return out.add({ op: 'frustration', kinds });
      }
      case 12:
        return this.#changes.read(data, out);
      case 100:
        return selection(data, out);
      case 101:
        return addOr(out, mediaOf(idOf(fieldOf(data, 'id')), fieldOf(data, 'state'), fieldOf(data, 'value')));
      default:
        out.skip();
    }
  }

  #snapshot(format: unknown, data: unknown, out: RecordOut): void {
    out.add({ op: 'reset' });
    this.#changes.begin();
    this.#tree.begin();
    if (format === 1) this.#changes.read(data, out);
    else this.#tree.snapshot(data, out);
  }

  #incremental(data: unknown, out: RecordOut): void {
    const source = fieldOf(data, 'source');
    const [id, x, y] = [idOf(fieldOf(data, 'id')), pixelsOf(fieldOf(data, 'x')), pixelsOf(fieldOf(data, 'y'))];
    switch (source) {
      case 0:
        return this.#tree.mutation(data, out);
      case MOVES:
      case TOUCH_MOVES:
        return moves(data, source === MOVES ? 'mouse' : 'touch', out);
      case INTERACTION:
        return interaction(fieldOf(data, 'type'), id, x, y, out);
      case SCROLL:
        return addOr(out, id === undefined || x === undefined || y === undefined ? undefined : { op: 'scroll', id, x, y });
      case RESIZE:
        return addOr(out, viewport(data));
      case INPUT:
        return addOr(out, input(id, data));
      case MEDIA: {
        const type = fieldOf(data, 'type');
        return addOr(out, id === undefined ? undefined : { op: 'media', id, state: { name: 'plays', value: type === 0 } });
      }
      case RULES:
        return rules(id, data, out);
      case POINTER:
        return pointer(data, x, y, out);
      default:
        out.skip();
    }
  }
}

function addOr(out: Out, operation: Operation | undefined): void {
  if (operation) out.add(operation);
  else out.skip();
}

function meta(data: unknown, out: Out): void {
  addOr(out, viewport(data));
  const href = textOf(fieldOf(data, 'href'));
  if (href !== undefined) out.add({ op: 'href', href });
}

function viewport(data: unknown): Operation | undefined {
  const [width, height] = [sideOf(fieldOf(data, 'width')), sideOf(fieldOf(data, 'height'))];
  return width === undefined || height === undefined ? undefined : { op: 'viewport', width, height };
}

function visualViewport(data: unknown, out: Out): void {
  const [offsetLeft, offsetTop, width, height, scale] = ['offsetLeft', 'offsetTop', 'width', 'height', 'scale'].map((name) => pixelsOf(fieldOf(data, name)));
  if (offsetLeft === undefined || offsetTop === undefined || scale === undefined || scale <= 0) return out.skip();
  out.add({ op: 'visualViewport', viewport: { offsetLeft, offsetTop, width: width ?? 0, height: height ?? 0, scale } });
}

function selection(data: unknown, out: Out): void {
  const [start, end] = [idOf(fieldOf(data, 'start')), idOf(fieldOf(data, 'end'))];
  const [startOffset, endOffset] = [idOf(fieldOf(data, 'startOffset')), idOf(fieldOf(data, 'endOffset'))];
  if (start === undefined || end === undefined || startOffset === undefined || endOffset === undefined) return out.skip();
  const isNothing = start === end && startOffset === endOffset;
  out.add({ op: 'selection', selection: isNothing ? null : { start, startOffset, end, endOffset } });
}

function mediaOf(id: number | undefined, name: unknown, of: unknown): Operation | undefined {
  const value = numberOf(of);
  if (id === undefined || value === undefined || (name !== 'seeked' && name !== 'rate' && name !== 'volume')) return undefined;
  const state: MediaState = { name, value };
  return { op: 'media', id, state };
}

function moves(data: unknown, kind: PointerKind, out: RecordOut): void {
  for (const position of listOf(fieldOf(data, 'positions'))) {
    const [x, y] = [pixelsOf(fieldOf(position, 'x')), pixelsOf(fieldOf(position, 'y'))];
    if (x === undefined || y === undefined) {
      out.skip();
      continue;
    }
    const offset = numberOf(fieldOf(position, 'timeOffset')) ?? 0;
    out.at(Math.max(-MAX_POINTER_OFFSET_MS, Math.min(MAX_POINTER_OFFSET_MS, offset)));
    out.add({ op: 'pointer', pointer: { x, y, kind }, target: idOf(fieldOf(position, 'id')) ?? null });
  }
}

/** Types of interaction: 0 up, 1 down, 2 click, 3 context menu, 4 double click, 5 focus, 6 blur, 7 touch start, 9 touch end. */
function interaction(type: unknown, id: number | undefined, x: number | undefined, y: number | undefined, out: Out): void {
  if (id === undefined) return out.skip();
  if (type === 5 || type === 6) return out.add({ op: 'focus', id: type === 5 ? id : null });
  const isTouch = type === 7 || type === 9;
  const pointer: PointerAt | null = x === undefined || y === undefined ? null : { x, y, kind: isTouch ? 'touch' : 'mouse' };
  if (type === 2 || type === 3 || type === 4) return pointer ? out.add({ op: 'click', pointer, target: id }) : out.skip();
  if (type === 0 || type === 1 || isTouch) return out.add({ op: 'press', pointer, isDown: type === 1 || type === 7 });
  out.skip();
}

function input(id: number | undefined, data: unknown): Operation | undefined {
  if (id === undefined) return undefined;
  const [text, isChecked] = [textOf(fieldOf(data, 'text')), fieldOf(data, 'isChecked')];
  if (text !== undefined) return { op: 'value', id, value: text };
  return typeof isChecked === 'boolean' ? { op: 'choice', id, choice: isChecked ? 'chosen' : 'not chosen' } : undefined;
}

function rules(id: number | undefined, data: unknown, out: Out): void {
  if (id === undefined) return out.skip();
  const indexOf = (value: unknown): number[] | undefined => {
    const list = Array.isArray(value) ? value.map(idOf) : [idOf(value ?? 0)];
    return list.length === 0 || list.includes(undefined) ? undefined : (list as number[]);
  };
  for (const removed of listOf(fieldOf(data, 'removes'))) {
    const index = indexOf(fieldOf(removed, 'index'));
    addOr(out, index && { op: 'rule', id, edit: { index, text: null } });
  }
  for (const added of listOf(fieldOf(data, 'adds'))) {
    const [index, text] = [indexOf(fieldOf(added, 'index')), textOf(fieldOf(added, 'rule'))];
    addOr(out, index && text !== undefined ? { op: 'rule', id, edit: { index, text } } : undefined);
  }
}

const POINTER_KINDS: readonly unknown[] = ['mouse', 'touch', 'pen'];

function pointer(data: unknown, x: number | undefined, y: number | undefined, out: Out): void {
  const [phase, kind] = [fieldOf(data, 'pointerEventType'), fieldOf(data, 'pointerType')];
  if (x === undefined || y === undefined || !POINTER_KINDS.includes(kind)) return out.skip();
  const at: PointerAt = { x, y, kind: kind as PointerKind };
  if (phase === 'move') out.add({ op: 'pointer', pointer: at, target: null });
  else if (phase === 'down' || phase === 'up') out.add({ op: 'press', pointer: at, isDown: phase === 'down' });
  else out.skip();
}
