/** The page's end of the seam: where the engine runs. A worker if there can be one, else this thread. */
import type { Fence } from '../fence.ts';
import { warn } from '../warn.ts';
import type { EngineSetup, FromEngine, ToEngine } from './port.ts';

/** Set by build.mjs: names of the files beside this one, and the module's digest (Subresource Integrity). */
declare const REPLAY_WASM_FILE: string;
declare const REPLAY_WASM_INTEGRITY: string;
declare const REPLAY_WORKER_FILE: string;

/** A worker that says nothing for so long (ms) will not: its file is not there, or cannot import ours. */
const MAX_START_MS = 10_000;

/** What the build knows, and therefore not who asks: where our module is. */
export type PageSetup = Omit<EngineSetup, 'wasmUrl' | 'wasmIntegrity'>;

export interface PortOptions {
  /** Same-origin file that runs the engine, where ours are on another origin. */
  workerUrl?: string | undefined;
  /** The one from before anybody watched it. */
  fetch: typeof window.fetch;
  fence: Fence;
}

/** An engine. */
export interface EnginePort {
  /** Everything is handled in order; what comes before the engine is there, waits. */
  send(message: ToEngine, transfer: Transferable[]): void;
  /** Nothing more is told; what the engine has yet to post it may, for so long. */
  close(lastMs: number): void;
}

/** Opens an engine, and begins; `begin` is sent for the caller. */
export function openEngine(pageSetup: PageSetup, { workerUrl, fetch, fence }: PortOptions, hear: (message: FromEngine) => void): EnginePort {
  const setup: EngineSetup = {
    ...pageSetup,
    wasmUrl: new URL(REPLAY_WASM_FILE, import.meta.url).href,
    wasmIntegrity: REPLAY_WASM_INTEGRITY,
  };
  let waiting: [message: ToEngine, transfer: Transferable[]][] = [];
  let deliver: EnginePort['send'] | undefined;
  let worker: Worker | undefined;
  let isClosed = false;
  const told = (message: FromEngine): void => {
    if (!isClosed) hear(message);
  };

  /** The engine is there. */
  const take = (send: EnginePort['send']): void => {
    deliver = send;
    for (const [message, transfer] of waiting) send(message, transfer);
    waiting = [];
  };

  const runHere = async (): Promise<void> => {
    const { createEngine, pause } = await import('./replay-main.ts');
    take(await createEngine(setup, { fetch, tell: fence(told), pause }));
  };

  const giveUpWorker = fence((): void => {
    if (deliver || isClosed) return;
    worker?.terminate();
    worker = undefined;
    // A second call finds the first at work.
    deliver = (message, transfer) => void waiting.push([message, transfer]);
    runHere().catch(
      fence((fault: unknown) => {
        warn('session replay cannot run in this page', fault);
        told(['fault', String(fault)]);
      }),
    );
  });

  try {
    worker = new Worker(trusted(workerUrl ?? ownWorker()), { name: 'rum-replay' });
    let isListening = false;
    worker.onmessage = fence(({ data }: MessageEvent<FromEngine | ['ready']>) => {
      if (data[0] !== 'ready') {
        // Before it is ready: its module cannot be had there, which may be different here.
        if (data[0] === 'fault' && !deliver) giveUpWorker();
        else told(data);
      } else if (isListening) {
        take((message, transfer) => worker!.postMessage(message, transfer));
      } else {
        isListening = true;
        worker!.postMessage(['begin', setup]);
      }
    });
    worker.onerror = (event) => {
      // It is ours: the page is not told of it.
      event.preventDefault();
      giveUpWorker();
    };
    setTimeout(() => isListening || giveUpWorker(), MAX_START_MS);
  } catch {
    giveUpWorker();
  }

  return {
    send(message, transfer) {
      if (isClosed) return;
      if (deliver) deliver(message, transfer);
      else waiting.push([message, transfer]);
    },
    close(lastMs) {
      isClosed = true;
      if (lastMs) setTimeout(() => worker?.terminate(), lastMs);
      else worker?.terminate();
    },
  };
}

/** Our own worker, if the page may run it. */
function ownWorker(): string {
  const { href, origin } = new URL(REPLAY_WORKER_FILE, import.meta.url);
  if (origin !== location.origin) throw new Error('another origin');
  return href;
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/** The address as a page that requires trusted types wants it; what it does not allow, `Worker` refuses. */
function trusted(url: string): string {
  try {
    const { trustedTypes } = window as unknown as { trustedTypes: TrustedTypes };
    return trustedTypes.createPolicy('rum', { createScriptURL: (same) => same }).createScriptURL(url);
  } catch {
    return url;
  }
}
