/**
 * The page's calls of `fetch` and `XMLHttpRequest`, from its first on: trace headers cannot be added later. What
 * becomes of a call is the core's to find out (`browser/request.ts`); calls from before it is there are kept.
 * Whatever we do, the page gets the result, or the fault, it would have got without us.
 */
import { livingSession, newSessionId, storedSession } from './session-id.ts';
import { traceOf } from './tracing.ts';
import type { CheckedOptions, HearCall, RequestCall, Requests } from './types.ts';

/** Calls kept until the core is there; of what is more there is only what the browser measures. */
const MAX_KEPT = 600;

/**
 * Watches, if the options need it. What a function of a script of another origin calls throws and rejects unseen by
 * the page's own `onerror` and `unhandledrejection`, unless its tag says `crossorigin` (HTML standard, "muted
 * errors"). So one that `isMuted` watches only where headers are wanted.
 */
export function watchRequests(options: CheckedOptions, isMuted: boolean): Requests {
  const { fetch, XMLHttpRequest } = globalThis;
  const isTracing = options.allowedTracingUrls.length;
  const kept: RequestCall[] = [];
  const undo: (() => void)[] = [];
  let isOver = false;
  let sessionId = '';
  let hear: HearCall = (call, isMade) => {
    if (!isMade && kept.length < MAX_KEPT) kept.push(call);
  };
  const useSession = (stored: string): string => (sessionId = livingSession(stored, Date.now()) || sessionId || newSessionId());

  const watch = (name: RequestCall['name'], owner: any): void => {
    const original = owner[name];
    // A proxy has the name, the length and every property of what it stands for, and counts as native code; only
    // its `toString`, which would tell neither name nor parameters, is the original's.
    const ours = new Proxy(original, {
      get: (target, key) => (key === 'toString' ? target[key].bind(target) : target[key]),
      apply(target, self, args) {
        if (isOver) return Reflect.apply(target, self, args);
        const call: RequestCall = { name, self, args: [...args], at: performance.now() };
        const trace = (input: unknown, carrier: unknown): void =>
          attempt(() => {
            if (isTracing) call.traceIds = traceOf(options, sessionId || useSession(storedSession(options.instance)), input, carrier);
          });
        if (name === 'fetch') trace(args[0], args);
        attempt(() => hear(call, false));
        try {
          call.result = Reflect.apply(target, self, args);
          // Headers of an `XMLHttpRequest` may be set from now on.
          if (name === 'open') trace(args[1], self);
        } finally {
          attempt(() => hear(call, true));
        }
        // The page gets a promise that follows from the one we look at: to look at its own would mark its
        // rejection as handled, and the page's `unhandledrejection` would never come.
        return call.result?.then ? call.result.then((answer: unknown) => answer) : call.result;
      },
    });
    owner[name] = ours;
    undo.push(() => {
      // Whoever patched over us holds on to ours, which from now on only passes calls on.
      if (owner[name] === ours) owner[name] = original;
    });
  };
  if ((options.trackResources && !isMuted) || isTracing) {
    watch('fetch', globalThis);
    // A service worker has none.
    if (XMLHttpRequest) for (const name of ['open', 'send', 'abort'] as const) watch(name, XMLHttpRequest.prototype);
  }
  return {
    fetch,
    useSession,
    hear(listener) {
      hear = listener;
      for (const call of kept.splice(0)) {
        call.isEarly = true;
        hear(call, false);
        hear(call, true);
      }
    },
    stop() {
      isOver = true;
      for (const one of undo) one();
    },
  };
}

/** What we do within a call of the page's. A fault of it (a hostile argument, say) is nobody's concern. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {}
}
