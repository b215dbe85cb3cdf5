/**
 * The JS side of the seam, and the entry of the lazy part: the only importer of generated glue.
 *
 * The glue's own asynchronous loader is left out on purpose (it is not imported, so the bundler drops it): it
 * would name a second address of the module, warn about content types and know nothing of integrity.
 */
import { initSync, room, signal, start } from '#glue';
import { hosts, module } from '#host';
import { join, type CreateCore } from './core.ts';
import { encode, utf8 } from './encode.ts';
import { checkOptions } from './options.ts';
import { startSdk } from './sdk.ts';
import type { CoreModule } from './types.ts';

/** Set by build.mjs: name of the wasm file beside this one, and its digest (Subresource Integrity). */
declare const WASM_FILE: string;
declare const WASM_INTEGRITY: string;
/** Set by build.mjs: an expression for the names of our files in the folder of this one. */
declare const OWN_FILES: string;

const wasmUrl = new URL(WASM_FILE, import.meta.url);

/** Fetches and compiles the module, once. */
let compiled: Promise<void> | undefined;

async function compile(fetch: typeof window.fetch): Promise<void> {
  const response = await fetch(wasmUrl, { integrity: WASM_INTEGRITY, priority: 'low' });
  if (!response.ok) throw new Error(`the core's address answered ${response.status}`);
  // By bytes, not by stream: it needs no `application/wasm` content type, and compiles off the main thread too.
  module.memory = initSync({ module: await WebAssembly.compile(await response.arrayBuffer()) }).memory;
}

/** Makes the core ready; the returned function starts it with what happened so far. */
export const boot: CoreModule['boot'] = async (admitted, fetch) => {
  const options = checkOptions(admitted);
  // A test runner of Datadog's says so.
  const isTest = '_DATADOG_SYNTHETICS_PUBLIC_ID' in window || /datadog-/.test(document.cookie);
  const [extras] = await Promise.all([
    (options.extra || isTest) && import('./extras.ts').then(({ createExtras }) => createExtras(options)),
    (compiled ??= compile(fetch)),
  ]);
  return (...start) => startSdk(createCore, options, [options.intakeUrl.split('?')[0]!, isOwnFile], extras || undefined, ...start);
};

const isOwnFile = (url: string): boolean => {
  const folder = new URL('.', import.meta.url).href;
  const isBeside = url.startsWith(folder) && new RegExp(OWN_FILES).test(url.slice(folder.length));
  return isBeside || url === wasmUrl.href || url === import.meta.url;
};

export const erase: CoreModule['erase'] = (options) =>
  import('./extras.ts').then(({ eraseEverything }) => eraseEverything(checkOptions(options)));

/** Writes texts and what is encoded to where the next call of the module takes them; answers how long the texts are. */
function handOver(texts: string, encoded: Uint8Array): number {
  const bytes = utf8(texts);
  const at = room(bytes.length + encoded.length);
  // Made anew: memory that had to grow is another buffer.
  const memory = new Uint8Array(module.memory!.buffer);
  memory.set(bytes, at);
  memory.set(encoded, at + bytes.length);
  return bytes.length;
}

const createCore: CreateCore = (setup, host) => {
  const [id, startedMs, activeMs, isKept] = setup.storedSession;
  const number = hosts.push(host) - 1;
  start(
    handOver(join(setup.texts), encode([[0, id], ...setup.context])),
    setup.timeOriginMs,
    setup.activationStart,
    setup.firstHidden,
    setup.sessionSampleRate,
    setup.onErrorSampleRate,
    startedMs,
    activeMs,
    isKept,
    +!!host.look,
  );
  return {
    signal: (kind, at, first, second, third, texts, facts) =>
      signal(number, kind, at, first, second, third, handOver(texts, facts)),
  };
};
