import { captureEarly } from './early.ts';
import { afterFirstPaint } from './first-paint.ts';
import { checkOptions } from './options.ts';
import { createQueue, type Call } from './queue.ts';
import type { CheckedOptions, Context, CoreModule, Rum, Sdk } from './types.ts';
import { warn } from './warn.ts';

/** One run of the SDK, from consent to shutdown or withdrawal. */
interface Run {
  call(call: Call): void;
  stop(erase: boolean): void;
}

/**
 * Makes the public API. `importCore` loads the lazy part; how differs between a script tag and a bundler.
 * States: not initialised, waiting for consent, running, over.
 */
export function createRum(importCore: () => Promise<CoreModule>): Rum {
  let options: CheckedOptions | undefined;
  let run: Run | undefined;

  const api: Rum = {
    init(raw) {
      // Nothing to monitor on a server.
      if (typeof document === 'undefined') return;
      if (options) {
        warn('init was called before; this call changes nothing');
        return;
      }
      options = checkOptions(raw);
      if (options) api.setTrackingConsent(options.trackingConsent);
    },
    addAction(name, context) {
      const at = performance.now();
      run?.call((sdk) => sdk.addAction(String(name), contextJson(context), at));
    },
    addError(error, context) {
      const at = performance.now();
      run?.call((sdk) => sdk.addError(error, contextJson(context), at));
    },
    setTrackingConsent(consent) {
      if (consent === 'granted') {
        if (options) run ??= startRun(options, importCore);
      } else {
        run?.stop(true);
        run = undefined;
      }
    },
    shutdown() {
      run?.stop(false);
      run = undefined;
      options = undefined;
    },
  };
  return fenceAll(api);
}

function startRun(options: CheckedOptions, importCore: () => Promise<CoreModule>): Run {
  const early = captureEarly();
  const queue = createQueue();
  let sdk: Sdk | undefined;
  let isOver = false;
  const end = (fault?: unknown): void => {
    isOver = true;
    sdk = undefined;
    early.release();
    if (fault) warn('stopped; the page is not affected', fault);
  };
  afterFirstPaint(() => {
    if (isOver) return;
    importCore()
      .then((module) => module.boot())
      .then((start) => {
        if (isOver) return;
        sdk = start(options, early.release(), end);
        queue.drain(sdk);
      })
      // The core could not be fetched, the policy of the page forbids wasm, or it trapped.
      .catch(end);
  });
  return {
    call(call) {
      if (sdk) call(sdk);
      else if (!isOver) queue.push(call);
    },
    stop(erase) {
      sdk?.stop(erase);
      end();
    },
  };
}

/** The text of one JSON object, or nothing for what is none or cannot be written. */
function contextJson(context: Context | undefined): string | undefined {
  if (!context || typeof context !== 'object') return undefined;
  try {
    const json = JSON.stringify(context);
    if (json.length <= MAX_CONTEXT_CHARS) return json;
    warn(`context left out: it is longer than ${MAX_CONTEXT_CHARS} characters of JSON`);
  } catch (fault) {
    warn('context left out: it cannot be written as JSON', fault);
  }
  return undefined;
}

/** A character is at most three bytes of UTF-8 here; `rum-protocol` allows 8,000 bytes of context. */
const MAX_CONTEXT_CHARS = 2_600;

/** No call into the SDK throws into the page. */
function fenceAll(api: Rum): Rum {
  for (const [name, method] of Object.entries(api) as [keyof Rum, (...args: unknown[]) => void][]) {
    api[name] = (...args: unknown[]): void => {
      try {
        method(...args);
      } catch (fault) {
        warn(`${name} failed`, fault);
      }
    };
  }
  return api;
}
