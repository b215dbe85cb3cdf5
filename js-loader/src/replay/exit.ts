/**
 * What the page sends by itself when it is left: the worker may end with it, and what it posts then is lost. So the page
 * keeps the blocks of segments that did not arrive yet. A segment that arrives twice is known by its id.
 */
import { HEADERS, type Bytes } from '../post.ts';
import { bodyOf } from './body.ts';
import type { FromEngine } from './port.ts';

/**
 * Browsers refuse `keepalive` requests whose bodies in flight pass 64 KiB in sum (Fetch standard, 4.6); of these the events
 * of the visit, which matter more, take 16 KiB and some.
 */
const MAX_EXIT_BYTES = 44 * 1024;

export interface Exit {
  /** A batch was handed to the engine. */
  sent(number: number): void;
  /** The engine said something: every message of it comes here, too. */
  hear(message: FromEngine): void;
  /** The page may be gone after this. */
  leave(): void;
}

export function createExit(segmentUrl: string, fetch: typeof window.fetch): Exit {
  const segments = new Map<number, { head: Bytes; blocks: Bytes[] }>();
  let sent = 0;
  let heard = 0;
  /** Of these the page has only what came after it was left once. */
  let left = 0;

  return {
    sent(number) {
      sent = number;
    },
    hear(message) {
      if (message[0] === 'settled') segments.delete(message[1]);
      if (message[0] !== 'block') return;
      const [, number, segment, head, block] = message;
      heard = Math.max(heard, number);
      if (segment <= left) return;
      const kept = segments.get(segment) ?? { head, blocks: [] };
      // The newest: the first ones were written before there was a record.
      kept.head = head;
      if (block.length) kept.blocks.push(block);
      segments.set(segment, kept);
    },
    leave() {
      // Batches are handled in their order: those after the last heard of are lost.
      let lost = sent - heard;
      let bytes = 0;
      let isFull = false;
      const bodies: [head: Bytes, blocks: Bytes[]][] = [];
      for (const [segment, { head, blocks }] of segments) {
        left = Math.max(left, segment);
        const sendable: Bytes[] = [];
        bytes += head.length;
        for (const block of blocks) {
          // One that does not fit cannot be read without those before it.
          bytes += block.length;
          isFull ||= bytes > MAX_EXIT_BYTES;
          if (isFull) lost++;
          else sendable.push(block);
        }
        bodies.push([head, sendable]);
      }
      segments.clear();
      heard = sent;
      bodies.forEach(([head, blocks], index) => {
        // Told by the last one, which may be a segment that has only begun.
        const lostHere = index === bodies.length - 1 ? lost : 0;
        if (!blocks.length && !lostHere) return;
        // Inside a promise, because a page's own `fetch` wrapper may throw at once. Nobody hears of it any more.
        new Promise((resolve) =>
          resolve(fetch(segmentUrl, { method: 'POST', headers: HEADERS, body: bodyOf(head, lostHere, blocks), credentials: 'omit', keepalive: true })),
        ).catch(() => {});
      });
    },
  };
}
