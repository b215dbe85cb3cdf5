/**
 * The page's calls of `fetch` and `XMLHttpRequest`, from its first on: trace headers cannot be added later. What
 * becomes of a call is the core's to find out (`browser/request.ts`); calls from before it is there are kept.
 * Whatever we do, the page gets the result, or the fault, it would have got without us.
 */
import type { Undo } from './adapter.ts';
import { attempt } from './host-value.ts';
import { MAX_REQUEST_CALLS } from './limits.ts';
import { patch } from './patch.ts';
import { livingSession, newSessionId, storedSession } from './session-id.ts';
import { traceOf } from './tracing.ts';
import type { AdmittedOptions, HearCall, RequestCall, Requests } from './types.ts';
import { warn } from './warn.ts';

/**
 * What a function of a script of another origin calls throws and rejects unseen by the page's own `onerror` and
 * `unhandledrejection`, unless its tag says `crossorigin` (HTML standard, "muted errors").
 */
export const script = globalThis.document?.currentScript as HTMLScriptElement | null | undefined;
const isMuted = script?.crossOrigin === null && !script.src.startsWith(`${location.origin}/`);

/** Watches, if the options need it and we are not muted. */
export function watchRequests(options: AdmittedOptions): Requests {
  const { fetch, XMLHttpRequest } = globalThis;
  const isTracing = !!options.allowedTracingUrls;
  const kept: RequestCall[] = [];
  let sessionId = '';
  let hear: HearCall = (call, isMade) => {
    if (!isMade && kept.length < MAX_REQUEST_CALLS) kept.push(call);
  };
  const useSession = (stored: string): string => (sessionId = livingSession(stored, Date.now()) || sessionId || newSessionId());

  const watch = (name: RequestCall['name']): Undo =>
    // A service worker has no `XMLHttpRequest`.
    patch(name === 'fetch' ? globalThis : XMLHttpRequest?.prototype, name, (make, args, self) => {
      const call: RequestCall = { name, self, args: [...args], at: performance.now() };
      // A fault of what we do within a call of the page's (a hostile argument, say) is nobody's concern.
      const trace = (input: unknown, carrier: unknown): void =>
        attempt(() => {
          if (isTracing) call.traceIds = traceOf(options, sessionId || useSession(storedSession(options.instance)), input, carrier);
        });
      if (name === 'fetch') trace(args[0], args);
      attempt(() => hear(call, false));
      try {
        call.result = make();
        // Headers of an `XMLHttpRequest` may be set from now on.
        if (name === 'open') trace(args[1], self);
      } finally {
        attempt(() => hear(call, true));
      }
      // The page gets a promise that follows from the one we look at: to look at its own would mark its rejection
      // as handled, and the page's `unhandledrejection` would never come.
      return call.result?.then ? call.result.then((answer: unknown) => answer) : call.result;
    });
  if (isMuted && isTracing) warn('no requests are traced: the script tag needs `crossorigin`');
  const isWatching = !isMuted && (options.trackResources !== false || isTracing);
  const undo = isWatching ? (['fetch', 'open', 'send', 'abort'] as const).map(watch) : [];
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
      for (const one of undo) one();
    },
  };
}
