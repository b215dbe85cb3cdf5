/**
 * Posts to the collector. Ordinary posts are deflated by the browser; at page exit, when nothing asynchronous
 * would complete any more, they go as they are.
 */
import type { Fence } from '../fence.ts';

/** Browsers refuse `keepalive` requests whose bodies in flight pass 64 KiB in sum (Fetch standard, 4.6). */
const MAX_KEEPALIVE_BYTES = 60 * 1024;

/** Below this, deflating saves less than a packet. */
const MIN_DEFLATED_BYTES = 512;

/** Keeps the request CORS-simple: no preflight. */
const TYPE = 'text/plain;charset=UTF-8';

/** Tells what became of a post: its status (0: the collector could not be reached) and `Retry-After` (s). */
export type OnAnswer = (slot: number, status: number, retryAfterS: number) => void;

/** Posts batches. */
export interface Sender {
  post(slot: number, body: Uint8Array<ArrayBuffer>, atExit: boolean): void;
  /** The page is being left: what is being deflated goes as it is. */
  hurry(): void;
}

/** Makes a sender. The page's `fetch` is taken once, as it is when the SDK starts. */
export function createSender(intakeUrl: string, fence: Fence, onAnswer: OnAnswer): Sender {
  const { fetch } = window;
  // Posts that are being deflated. One that has left this map was sent as it is, and its deflated form,
  // if it still comes, is forgotten.
  const deflating = new Map<number, Blob>();
  const answer = fence(onAnswer);

  const send = (slot: number, body: Blob): void => {
    deflating.delete(slot);
    const init: RequestInit = {
      method: 'POST',
      body,
      keepalive: body.size <= MAX_KEEPALIVE_BYTES,
      credentials: 'omit',
      priority: 'low',
    };
    // Inside a promise, because a page's own `fetch` wrapper may throw at once.
    new Promise<Response>((resolve) => resolve(fetch(intakeUrl, init))).then(
      (response) => answer(slot, response.status, Number(response.headers.get('retry-after')) || 0),
      () => answer(slot, 0, 0),
    );
  };

  return {
    post(slot, bytes, atExit) {
      const body = new Blob([bytes], { type: TYPE });
      if (atExit || body.size < MIN_DEFLATED_BYTES || typeof CompressionStream === 'undefined') {
        send(slot, body);
        return;
      }
      deflating.set(slot, body);
      const sendOnce = fence((deflated: Blob) => {
        if (deflating.has(slot)) send(slot, deflated);
      });
      deflate(body).then(sendOnce, () => sendOnce(body));
    },
    hurry() {
      for (const [slot, body] of deflating) send(slot, body);
    },
  };
}

/** The zlib stream (RFC 1950) of a body. */
async function deflate(body: Blob): Promise<Blob> {
  const stream = body.stream().pipeThrough(new CompressionStream('deflate'));
  // Named anew: the blob of a stream has no type of its own.
  return new Blob([await new Response(stream).arrayBuffer()], { type: TYPE });
}
