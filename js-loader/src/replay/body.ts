/** Bodies of segments from what they are made of; `rum-protocol/src/replay/mod.rs` describes them. */
import { head, utf8 } from '../encode.ts';
import type { Bytes } from '../post.ts';

/** A segment up to the end of its head, by key; it stays open, as who sends it may have something to add. */
export function openHead(values: (string | number | Uint8Array | undefined)[]): Bytes {
  const bytes = [0x9f, 0xbf];
  values.forEach((value, key) => {
    if (value === undefined) return;
    head(bytes, 0, key);
    if (typeof value === 'number') {
      head(bytes, 0, value);
    } else {
      const raw = typeof value === 'string' ? utf8(value) : value;
      head(bytes, typeof value === 'string' ? 3 : 2, raw.length);
      bytes.push(...raw);
    }
  });
  return Uint8Array.from(bytes);
}

/** The body of a segment: its head with what was lost, and its blocks. */
export function bodyOf(open: Bytes, lostBatches: number, blocks: Bytes[]): Bytes {
  const end: number[] = [];
  if (lostBatches) {
    end.push(LOST_BATCHES);
    head(end, 0, lostBatches);
  }
  const parts = [open, end, END, ...blocks, END];
  let length = 0;
  // Not by `reduce`, in whose place Prototype.js has a method of its own.
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Key of `SegmentHead.lost_batches`. */
const LOST_BATCHES = 14;
/** Ends the head's map, and the array. */
const END = [0xff];
