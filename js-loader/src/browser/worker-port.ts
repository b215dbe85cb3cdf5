/** A worker that forwards what happens in it (`worker.ts`): told as if it had happened in the page. */
import type { Page } from '../adapter.ts';
import { warn } from '../warn.ts';
import type { Join } from './join.ts';
import type { PageRequest } from './request.ts';
import type { Entry } from './timing.ts';

/** What a worker forwards. Instants are times of its own clock, which began at `timeOrigin` (ms since the epoch). */
export type Forwarded = { timeOrigin: number } & (
  | { fault: unknown; message: string; isRejection: boolean; at: number }
  | { entry: Entry }
  | { request: PageRequest; index: number; isEnd: boolean }
);

/** The message that hands a worker the port to forward through. */
export const PORT_MESSAGE = 'rum-wasm/port';

/** Gives the worker a port of its own, which none of its page's and its own messages can be taken for. */
export function connect(page: Page, worker: unknown, create: (offset: number) => Join): void {
  const { port1, port2 } = new MessageChannel();
  try {
    const to = worker as { port?: MessagePort; postMessage?: Worker['postMessage'] };
    (to.port ?? (to as Worker)).postMessage({ [PORT_MESSAGE]: port2 }, [port2]);
  } catch (fault) {
    warn('addWorker failed', fault);
    return;
  }
  // What the worker does not handle comes here too, without its stack: first as an event of the worker.
  let handedOn = '';
  (worker as Worker).addEventListener?.('error', ({ message }) => (handedOn = message));
  page.forwarded.push(({ message }) => message !== undefined && message === handedOn);
  let resources: Join | undefined;
  const requests = new Map<number, PageRequest>();
  port1.onmessage = page.fence(({ data }: MessageEvent<Forwarded>) => {
    const offset = data.timeOrigin - performance.timeOrigin;
    resources ??= create(offset);
    if ('entry' in data) {
      resources.take(data.entry);
    } else if ('request' in data) {
      const { index, isEnd } = data;
      const request = Object.assign(requests.get(index) ?? {}, data.request);
      if (isEnd) requests.delete(index);
      else requests.set(index, request);
      resources.hear(request, isEnd);
    } else {
      page.hear(faultEvent(data, data.at + offset));
    }
  });
}

/** The DOM event that the same fault would have been in the page. */
function faultEvent({ fault, message, isRejection }: { fault: unknown; message: string; isRejection: boolean }, at: number): Event {
  const event = isRejection
    ? new PromiseRejectionEvent('unhandledrejection', { promise: Promise.resolve(), reason: fault })
    : new ErrorEvent('error', { message, error: fault });
  return Object.defineProperty(event, 'timeStamp', { value: at });
}
