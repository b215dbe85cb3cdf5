/**
 * What the browser measured of a request and what its call told, joined. Neither has a name for the other: a
 * request's entry is the one of its URL that began just after it. Entries may come before the call is over.
 */
import type { PageRequest } from './request.ts';
import type { Entry } from './timing.ts';

/** Requests without entry kept at most: those of `data:` and `blob:` URLs never get one, unread answers late. */
const MAX_OPEN = 1_000;

/** A failed request whose entry has not come by then (ms) gets none: browsers do not tell of all. */
const ENTRY_WAIT_MS = 1_000;

/** By how much (ms) an entry may seem to begin before its call: clocks are coarsened one by one. */
const CLOCK_STEP_MS = 1;

/** Both sides of one page or worker. */
export interface Join {
  /** A request began or ended. */
  hear(request: PageRequest, isEnd: boolean): void;
  /** The browser measured something. */
  take(entry: Entry): void;
  /** What waits is told as it is. */
  drain(): void;
}

/** Makes a join; `tell` hears of everything once, `later` calls back after so many ms. */
export function createJoin(
  tell: (entry: Entry, request?: PageRequest) => void,
  later: (callback: () => void, ms: number) => void,
): Join {
  const open = new Set<PageRequest>();
  const measured = new Map<PageRequest, Entry>();
  /** Told without entry: one that still comes is not told again. */
  const told = new WeakSet<PageRequest>();

  const tellAlone = (request: PageRequest): void => {
    const { url: name, initiatorType, startedAt = 0, endedAt } = request;
    if (!endedAt || !open.has(request) || told.has(request)) return;
    told.add(request);
    tell({ name, initiatorType, startTime: startedAt, duration: endedAt - startedAt }, request);
  };
  return {
    hear(request, isEnd) {
      const entry = measured.get(request);
      if (!isEnd) {
        open.add(request);
        if (open.size > MAX_OPEN) for (const oldest of open) return void open.delete(oldest);
      } else if (entry) {
        measured.delete(request);
        tell(entry, request);
      } else if (request.status === 0) {
        later(() => tellAlone(request), ENTRY_WAIT_MS);
      }
    },
    take(entry) {
      let closest: PageRequest | undefined;
      const [url] = entry.name.split('#');
      for (const request of open) {
        const startedAt = request.startedAt!;
        if (request.url === url && startedAt - CLOCK_STEP_MS <= entry.startTime && startedAt >= (closest?.startedAt ?? 0)) closest = request;
      }
      if (closest) open.delete(closest);
      if (closest && closest.endedAt === undefined) measured.set(closest, entry);
      else if (!closest || !told.has(closest)) tell(entry, closest);
    },
    drain() {
      for (const [request, entry] of measured) tell(entry, request);
      measured.clear();
      // Chromium tells of an answer whose body the page has not read when it is collected, if ever.
      for (const request of open) if (/^http/.test(request.url)) tellAlone(request);
    },
  };
}
