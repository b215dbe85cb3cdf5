/**
 * Posts to the collector. Ordinary posts are deflated by the browser; at page exit, when nothing asynchronous
 * would complete any more, they go as they are. Bodies are bytes, never blobs: Chromium reads a blob after the
 * request has begun, and one whose tab is closed meanwhile is lost.
 */
import { SignalKind } from '../core.ts';
import type { Fence } from '../fence.ts';
import { deflate, HEADERS, type Bytes } from '../post.ts';

/** Browsers refuse `keepalive` requests whose bodies in flight pass 64 KiB in sum (Fetch standard, 4.6). */
const MAX_KEEPALIVE_BYTES = 60 * 1024;

/** Below this, deflating saves less than a packet. */
const MIN_DEFLATED_BYTES = 512;

/**
 * Tells the engine what became of a post (`Answered`): its slot, the status (0: the collector could not be reached) and
 * `Retry-After` (s).
 */
export type TellEngine = (kind: SignalKind, numbers: number[]) => void;

/** Posts batches. */
export interface Sender {
  /** Posts a batch of so many events, to be answered by its slot. */
  post(view: Bytes, slot: number, atExit: number, events: number): void;
  /** The page is being left: what is being deflated goes as it is. */
  hurry(): void;
}

/** Makes a sender. `fetch` is the one from before we watched it: our own posts are no requests of the page. */
export type CreateSender = (intakeUrl: string, fetch: typeof window.fetch, fence: Fence, tell: TellEngine) => Sender;

export const createSender: CreateSender = (intakeUrl, fetch, fence, tell) => {
  // Posts that are being deflated. One that has left this map was sent as it is, and its deflated form,
  // if it still comes, is forgotten.
  const deflating = new Map<number, Bytes>();
  const answer = fence(tell);

  const send = (slot: number, body: Bytes, atExit: boolean): void => {
    deflating.delete(slot);
    const init: RequestInit = {
      method: 'POST',
      headers: HEADERS,
      body,
      keepalive: body.length <= MAX_KEEPALIVE_BYTES,
      credentials: 'omit',
      // The page's own requests first, but at exit nothing may wait.
      priority: atExit ? 'auto' : 'low',
    };
    // Inside a promise, because a page's own `fetch` wrapper may throw at once.
    new Promise<Response>((resolve) => resolve(fetch(intakeUrl, init))).then(
      (response) => answer(SignalKind.Answered, [slot, response.status, Number(response.headers.get('retry-after')) || 0]),
      () => answer(SignalKind.Answered, [slot, 0, 0]),
    );
  };

  return {
    post(view, slot, atExit) {
      // A copy: the view is of the module's memory.
      const body = view.slice();
      if (atExit || body.length < MIN_DEFLATED_BYTES || typeof CompressionStream === 'undefined') {
        send(slot, body, !!atExit);
        return;
      }
      deflating.set(slot, body);
      const sendOnce = fence((deflated: Bytes) => {
        if (deflating.has(slot)) send(slot, deflated, false);
      });
      deflate(body).then(sendOnce, () => sendOnce(body));
    },
    hurry() {
      for (const [slot, body] of deflating) send(slot, body, true);
    },
  };
};
