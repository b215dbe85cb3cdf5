/** Bodies of segments from what they are made of; `rum-protocol/src/replay/mod.rs` describes them. */
import { encode, type Field } from '../encode.ts';
import type { Bytes } from './module.ts';

/** Keeps the request CORS-simple: no preflight. */
export const HEADERS = { 'Content-Type': 'text/plain;charset=UTF-8' };

/** A segment up to the end of its head, which stays open: who sends it may have something to add. */
export const openHead = (fields: Field[]): Bytes => joined([Uint8Array.of(0x9f, 0xbf), encode(fields)]);

/** The body of a segment: its head with what was lost, and its blocks. */
export const bodyOf = (head: Bytes, lostBatches: number, blocks: Bytes[]): Bytes =>
  joined([head, encode([[14, lostBatches || undefined]]), END, ...blocks, END]);

/** Ends the head's map, and the array. */
const END = Uint8Array.of(0xff);

function joined(parts: Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
