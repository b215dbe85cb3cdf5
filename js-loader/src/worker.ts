/**
 * npm entry `rum-wasm/worker`: forwards errors, unhandled rejections and requests of a worker to the page that
 * adds it (`rum.addWorker`). It holds no SDK: the page decides about consent, sampling and everything else.
 */
import type { Undo } from './adapter.ts';
import { readCalls, type PageRequest } from './browser/request.ts';
import { PORT_MESSAGE } from './browser/worker-port.ts';
import { watchRequests } from './requests.ts';
import type { CheckedOptions } from './types.ts';

/** Messages kept until a page has added the worker; what is more is forgotten, the oldest first. */
const MAX_KEPT = 100;

/** Begins to forward. Call it first in the worker, so that its port is seen by no other listener. Answers the undo. */
export function forwardFromWorker(): Undo {
  const { timeOrigin } = performance;
  const kept: object[] = [];
  let port: MessagePort | undefined;
  const forward = (message: object): void => {
    const whole = { timeOrigin, ...message };
    if (port) port.postMessage(whole);
    else if (kept.push(whole) > MAX_KEPT) kept.shift();
  };
  const hear = (event: Event): void => {
    const { error, message = '', reason } = event as ErrorEvent & PromiseRejectionEvent;
    const isRejection = event.type !== 'error';
    // Until a page listens for it, an error of a dedicated worker has already been told: browsers hand it on.
    if (!isRejection && !port && 'DedicatedWorkerGlobalScope' in globalThis) return;
    forward({ fault: cloneable(isRejection ? reason : error), message, isRejection, at: event.timeStamp });
  };
  const take = (event: Event): void => {
    const { data, ports } = event as MessageEvent;
    if (!data?.[PORT_MESSAGE]) return;
    // The worker's own listeners expect no message of ours.
    event.stopImmediatePropagation();
    [port] = ports;
    for (const message of kept.splice(0)) port!.postMessage(message);
  };
  // A shared worker gets its messages through the ports of its pages.
  const connect = (event: Event): void => {
    for (const one of (event as MessageEvent).ports) one.addEventListener('message', take);
  };

  const indexes = new Map<PageRequest, number>();
  let next = 0;
  const requests = watchRequests({ trackResources: true } as CheckedOptions);
  requests.hear(
    readCalls((request, isEnd) => {
      const index = indexes.get(request) ?? next++;
      if (isEnd) indexes.delete(request);
      else indexes.set(request, index);
      const { input: _, answer: __, ...plain } = request;
      forward({ request: plain, index, isEnd });
    }),
  );
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) forward({ entry: entry.toJSON() });
  });
  observer.observe({ type: 'resource', buffered: true });

  const listeners: [string, (event: Event) => void][] = [
    ['error', hear],
    ['unhandledrejection', hear],
    ['message', take],
    ['connect', connect],
  ];
  for (const [type, listener] of listeners) addEventListener(type, listener);
  return () => {
    for (const [type, listener] of listeners) removeEventListener(type, listener);
    observer.disconnect();
    requests.stop();
    port?.close();
  };
}

/** What cannot be sent, such as a function, becomes its text; an error keeps name, message, stack and cause. */
function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    try {
      return String(value);
    } catch {
      return 'a value without text';
    }
  }
}
