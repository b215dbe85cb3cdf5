/**
 * The JS side of the seam, and the entry of the lazy part: the only importer of generated glue.
 *
 * The glue's own asynchronous loader is left out on purpose (it is not imported, so the bundler drops it): it
 * would name a second address of the module, warn about content types and know nothing of integrity.
 */
import { Core, initSync } from '#glue';
import { hosts, module } from '#host';
import { join, type CreateCore } from './core.ts';
import { encode } from './encode.ts';
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
export const boot: CoreModule['boot'] = async (options, fetch) => {
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
  import('./extras.ts').then(({ eraseEverything }) => eraseEverything(options));

const createCore: CreateCore = (setup, host) => {
  const [id, startedMs, activeMs, isKept] = setup.storedSession;
  return new Core(
    hosts.push(host) - 1,
    join(setup.texts),
    encode([[0, id], ...setup.context]),
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
};
