/** Reads what `encode.ts` and `rum-wasm/src/fields.rs` write: CBOR (RFC 8949) without tags and without nulls. */

/** A field as it was: its key, its key and value as bytes, its value. */
export interface ReadField {
  key: number;
  raw: Uint8Array;
  value: Read;
}

/** A struct with keys is its fields; one without is a list. */
export type Read = number | string | boolean | Uint8Array | Read[] | { fields: ReadField[] };

const BREAK = 0xff;

/** The fields of a struct, without the frame of its map. */
export function decode(bytes: Uint8Array): ReadField[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;

  const readFields = (isOver: () => boolean): ReadField[] => {
    const fields: ReadField[] = [];
    while (!isOver()) {
      const start = at;
      const key = read() as number;
      const value = read();
      fields.push({ key, value, raw: bytes.slice(start, at) });
    }
    return fields;
  };
  const isBroken = (): boolean => view.getUint8(at) === BREAK && !!(at += 1);
  const countDown = (count: number) => (): boolean => count-- === 0;

  const read = (): Read => {
    const head = view.getUint8(at++);
    const [major, info] = [head >> 5, head & 31];
    if (head === 0xf4 || head === 0xf5) return head === 0xf5;
    const size = info < 24 || info === 31 ? 0 : 1 << (info - 24);
    const start = at;
    at += size;
    if (major === 7) return size === 8 ? view.getFloat64(start) : view.getFloat32(start);
    let argument = info;
    if (size) argument = 0;
    for (let index = start; index < at; index += 1) argument = argument * 256 + view.getUint8(index);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return -1 - argument;
      case 2:
        return bytes.slice(at, (at += argument));
      case 3:
        return new TextDecoder().decode(bytes.subarray(at, (at += argument)));
      case 4: {
        const list: Read[] = [];
        const isOver = info === 31 ? isBroken : countDown(argument);
        while (!isOver()) list.push(read());
        return list;
      }
      default:
        return { fields: readFields(info === 31 ? isBroken : countDown(argument)) };
    }
  };
  return readFields(() => at >= bytes.length);
}
