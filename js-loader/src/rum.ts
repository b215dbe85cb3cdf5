import { readSession } from './browser/storage.ts';
import { captureEarly } from './early.ts';
import { afterFirstPaint } from './first-paint.ts';
import { checkOptions } from './options.ts';
import { createQueue } from './queue.ts';
import { watchRequests } from './requests.ts';
import type { Call, CheckedOptions, CoreModule, Rum, Sdk } from './types.ts';
import { warn } from './warn.ts';

/** One run of the SDK, from consent to shutdown or withdrawal. */
interface Run {
  call(call: Call): void;
  stop(erase: boolean): void;
}

/** Calls that wait for the core where it is not loaded yet; `js-loader/src/sdk.ts` has what they do. */
const QUEUED = ['addAction', 'addError', 'startResource', 'stopResource', 'addWorker'] as const;

/**
 * Makes the public API. `importCore` loads the lazy part; how differs between a script tag and a bundler.
 * States: not initialised, waiting for consent, running, over.
 */
export function createRum(importCore: () => Promise<CoreModule>): Rum {
  let options: CheckedOptions | undefined;
  let run: Run | undefined;

  const api: Record<string, (...args: any[]) => unknown> = {
    init(raw) {
      // Nothing to monitor on a server.
      if (typeof document === 'undefined') return;
      if (options) {
        warn('init was called before; this call changes nothing');
        return;
      }
      options = checkOptions(raw);
      if (options) api.setTrackingConsent!(options.trackingConsent);
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
  for (const name of QUEUED) {
    api[name] = (...args) => run?.call([name, performance.now(), args.map(snapshot)]);
  }
  return fenceAll(api) as unknown as Rum;
}

function startRun(options: CheckedOptions, importCore: () => Promise<CoreModule>): Run {
  const early = captureEarly();
  const requests = watchRequests(options, readSession);
  const queue = createQueue();
  let sdk: Sdk | undefined;
  let isOver = false;
  const end = (fault?: unknown): void => {
    isOver = true;
    sdk = undefined;
    early.release();
    requests.stop();
    if (fault) warn('stopped; the page is not affected', fault);
  };
  afterFirstPaint(() => {
    if (isOver) return;
    importCore()
      .then((module) => module.boot(requests.fetch))
      .then((start) => {
        if (isOver) return;
        sdk = start(options, early.release(), end, requests);
        queue.drain(sdk);
      })
      // The core could not be fetched, the policy of the page forbids wasm, or it trapped.
      .catch(end);
  });
  return {
    call(call) {
      if (sdk) sdk.call(call);
      else if (!isOver) queue.push(call);
    },
    stop(erase) {
      sdk?.stop(erase);
      end();
    },
  };
}

/** A plain object as it is now: the page may change it before the core looks. Anything else as it is. */
function snapshot(value: unknown): unknown {
  if (Object.prototype.toString.call(value) !== '[object Object]' || value instanceof Error) return value;
  try {
    return JSON.parse(JSON.stringify(value));
  } catch (fault) {
    warn('context left out: it cannot be written as JSON', fault);
    return undefined;
  }
}

/** No call into the SDK throws into the page. */
function fenceAll(api: Record<string, (...args: unknown[]) => unknown>): typeof api {
  for (const [name, method] of Object.entries(api)) {
    api[name] = (...args) => {
      try {
        return method(...args);
      } catch (fault) {
        warn(`${name} failed`, fault);
        return undefined;
      }
    };
  }
  return api;
}
