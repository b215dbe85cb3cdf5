/**
 * Writes fields of the protocol (`fields.ts`) as CBOR (RFC 8949): what an adapter knows of an event and the core
 * need not look at crosses the boundary like this and goes into the batch as it is.
 */

/** A field that is undefined is left out. */
export type Field = [key: number, value: Value | undefined];

/**
 * A number is written as the nearest integer; one that may have a fraction comes in a `Float32Array` of its own
 * (`share`). Arrays are lists (or structs without keys), `Struct` is a struct with keys.
 */
export type Value = string | number | boolean | Uint8Array | Float32Array | Value[] | Struct;

/** A struct within a struct. */
export interface Struct {
  fields: Field[];
}

/** A text as bytes of UTF-8. */
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A number with a fraction, such as a rate or a score. */
export const share = (value: number): Float32Array => Float32Array.of(value);

/** Milliseconds as microseconds, for a field named `...Us`; nothing for what is no time. */
export const us = (ms: number | undefined): number | undefined => (ms! >= 0 ? ms! * 1_000 : undefined);

/** A text cut to what the protocol takes (`MAX_TEXT_BYTES`; a character is at most three bytes here). */
export const short = (text: string | undefined): string | undefined => text?.slice(0, 330);

/** The text of bytes of UTF-8. */
export const utf8Text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Encodes fields, without the frame of their map. */
export function encode(fields: Field[]): Uint8Array {
  const bytes: number[] = [];
  writeFields(bytes, fields);
  return Uint8Array.from(bytes);
}

function writeFields(bytes: number[], fields: Field[]): void {
  for (const [key, value] of fields) {
    if (value === undefined) continue;
    write(bytes, key);
    write(bytes, value);
  }
}

function write(bytes: number[], value: Value): void {
  if (typeof value === 'number') {
    const integer = Math.round(value) || 0;
    head(bytes, +(integer < 0), integer < 0 ? -1 - integer : integer);
  } else if (typeof value === 'boolean') {
    bytes.push(0xf4 + +value);
  } else if (value instanceof Float32Array) {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value[0]!);
    head(bytes, 7, 0x1_0000_0000 + view.getUint32(0));
  } else if (Array.isArray(value)) {
    head(bytes, 4, value.length);
    for (const item of value) write(bytes, item);
  } else if (typeof value === 'string' || value instanceof Uint8Array) {
    const raw = typeof value === 'string' ? utf8(value) : value;
    head(bytes, typeof value === 'string' ? 3 : 2, raw.length);
    for (const byte of raw) bytes.push(byte);
  } else {
    bytes.push(0xbf);
    writeFields(bytes, value.fields);
    bytes.push(0xff);
  }
}

/** Major type and argument: below 24 in one byte, else in 1, 2, 4 or 8 more. A float is major type 7 in 4. */
export function head(bytes: number[], major: number, value: number): void {
  let size = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x1_0000 ? 2 : value < 0x1_0000_0000 ? 4 : 8;
  if (major === 7) size = 4;
  bytes.push((major << 5) | (size ? 23 + Math.log2(size * 2) : value));
  while (size--) bytes.push(Math.floor(value / 256 ** size) % 256);
}
