/**
 * The JS side of the seam to rum-replay. It has no glue: calls of numbers need none, and what wasm-bindgen asks for at the
 * start is a table of objects that cross, of which there are none.
 */

import type { Bytes } from '../post.ts';

/** What the engine is to do, as `rum-replay/src/bindings.rs` numbers it. */
export const enum Call {
  /** A batch: words, texts. */
  Batch = 0,
  /** A segment begins. */
  Segment = 1,
  /** A view begins, or begins anew, and with it a segment: width, height, focus; URL. */
  View = 2,
  /** On with the snapshot, so many nodes; 0: some ms. */
  Work = 3,
  /** The view ended. */
  End = 4,
}

/** `rum-replay/src/engine.rs` says what they mean. */
export const enum Status {
  Torn = 1,
  Full = 2,
  Walked = 4,
  Busy = 8,
  Worn = 16,
}

/** What comes of a call. */
export interface Answer {
  status: number;
  block: Bytes;
  records: number;
  dropped: number;
  firsts: [string: number, node: number, sheet: number];
}

export type Engine = (what: Call, atMs: number, numbers?: [first: number, second?: number, third?: number], first?: Bytes, second?: Bytes) => Answer;

/** What `rum-replay/src/bindings.rs` exports. */
interface Exports {
  memory: WebAssembly.Memory;
  room(length: number): number;
  call(what: number, atMs: number, first: number, second: number, third: number): number;
}

const NOTHING = new Uint8Array();

/** Fetches and starts the module. */
export async function loadModule(url: string, integrity: string, fetch: typeof globalThis.fetch): Promise<Engine> {
  const response = await fetch(url, { integrity, priority: 'low' });
  if (!response.ok) throw new Error(`the replay engine's address answered ${response.status}`);
  const module = await WebAssembly.compile(await response.arrayBuffer());
  const imports: WebAssembly.Imports = {};
  for (const one of WebAssembly.Module.imports(module)) imports[one.module] = { [one.name]() {} };
  const { memory, room, call } = (await WebAssembly.instantiate(module, imports)).exports as unknown as Exports;
  return (what, atMs, [one = 0, two = 0, three = 0] = [0], first = NOTHING, second = NOTHING) => {
    const at = room(first.length + second.length);
    // Made anew: memory that had to grow is another buffer.
    const message = new Uint8Array(memory.buffer);
    message.set(first, at);
    message.set(second, at + first.length);
    const answerAt = call(what, atMs, what === Call.Batch ? first.length : one, two, three);
    const [status, blockAt, length, records, dropped, ...firsts] = new Uint32Array(memory.buffer, answerAt, 8) as unknown as number[];
    const block = new Uint8Array(memory.buffer, blockAt, length).slice() as Bytes;
    return { status: status!, block, records: records!, dropped: dropped!, firsts: firsts as Answer['firsts'] };
  };
}
