/** Posts segments, one after the other, until each arrived or never will. */
import { deflate, HEADERS, type Bytes } from '../post.ts';

/** Deflated bodies (bytes) that wait at most: an hour of a busy page, and little beside what the mirror takes. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Before another attempt (ms), doubled each time up to the longest. */
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 60_000;
/** Refused one after the other, before nothing is recorded any more: the next would be, too. */
const MAX_REFUSED = 3;

/** A segment that is complete. */
export interface Complete {
  number: number;
  viewId: string;
  body: Bytes;
  /** Batches it holds, and those its head tells are lost. */
  batches: number;
}

export interface UploadHost {
  url: string;
  fetch: typeof globalThis.fetch;
  /** It arrived, or never will: then what was in it is lost. */
  settled(segment: Complete, isLost: boolean): void;
  /** The collector takes nothing of us. */
  refused(status: number): void;
  /** Milliseconds from now. */
  wait(ms: number): Promise<void>;
}

/** Makes an upload; the returned function adds to it. */
export function createUpload({ url, fetch, settled, refused, wait }: UploadHost): (segment: Complete) => void {
  const waiting: { segment: Complete; body: Promise<Bytes>; bytes: number }[] = [];
  let bytes = 0;
  let refusals = 0;
  let isAtWork = false;

  const settle = (entry: (typeof waiting)[0], isLost: boolean): void => {
    const at = waiting.indexOf(entry);
    // While it was on its way its view may have been given up.
    if (at < 0) return;
    waiting.splice(at, 1);
    bytes -= entry.bytes;
    settled(entry.segment, isLost);
  };

  const work = async (): Promise<void> => {
    let attempt = 0;
    for (let entry = waiting[0]; entry; entry = waiting[0]) {
      const body = await entry.body;
      const [status, retryAfterMs] = await post(url, fetch, body);
      if (status >= 200 && status < 300) {
        attempt = refusals = 0;
        settle(entry, false);
      } else if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
        settle(entry, true);
        if (++refusals >= MAX_REFUSED) refused(status);
      } else {
        const backOff = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt++);
        // Pages that were refused together must not come back together.
        await wait(Math.max(retryAfterMs, backOff * (0.5 + Math.random() / 2)));
      }
    }
    isAtWork = false;
  };

  return (segment) => {
    const entry = { segment, body: deflated(segment.body), bytes: 0 };
    waiting.push(entry);
    void entry.body.then((body) => {
      if (!waiting.includes(entry)) return;
      bytes += entry.bytes = body.length;
      // A view without its beginning is of no use: the oldest goes as a whole.
      while (bytes > MAX_WAITING_BYTES) {
        const { viewId } = waiting[0]!.segment;
        for (const one of waiting.filter((one) => one.segment.viewId === viewId)) settle(one, true);
      }
    });
    if (!isAtWork) {
      isAtWork = true;
      void work();
    }
  };
}

/** Answers the status, 0 if there was none, and what the collector asks to wait. */
async function post(url: string, fetch: typeof globalThis.fetch, body: Bytes): Promise<[status: number, retryAfterMs: number]> {
  try {
    // Without `keepalive`, whose bytes the page needs for what it sends when it is left.
    const { status, headers } = await fetch(url, { method: 'POST', headers: HEADERS, body, credentials: 'omit', priority: 'low' });
    return [status, (Number(headers.get('retry-after')) || 0) * 1_000];
  } catch {
    return [0, 0];
  }
}

/** A body deflated; as it is where that is shorter, or the browser has no compression. */
async function deflated(body: Bytes): Promise<Bytes> {
  try {
    const shorter = await deflate(body);
    return shorter.length < body.length ? shorter : body;
  } catch {
    return body;
  }
}
