/**
 * The offline queue (`offlineQueue`, loaded where that is on): what could not be delivered waits in IndexedDB for the
 * next visit. While a page lives the engine's queue (`rum-wasm/src/upload.rs`) retries. This one stands between it and
 * the sender, writes down what failed and what is out when the page is left, and sends what earlier pages left behind.
 *
 * Nothing is delivered twice: an entry is deleted once the collector has taken it or refused it for good, and one whose
 * answer nobody heard is repeated only while the collector still knows its batch id. Tabs take turns by a Web Lock,
 * held for posts only (browsers keep a page that holds one out of the back-forward cache), and leave alone what a visible
 * page retries. Where there are no such locks (plain http) the batch id covers it.
 */
import { createSender, type CreateSender } from './browser/sender.ts';
import { SignalKind } from './core.ts';
import { createDatabase, eraseDatabase, eventsOf, makeKey, type Database, type Entry } from './offline-database.ts';
import type { Bytes } from './post.ts';

/** The collector knows a batch id for 10 minutes (`journal.dedupe_window_s`); two are for clocks and slow networks. */
const MAX_REPEAT_MS = 8 * 60_000;
/** A visible page retries within a minute, or when the collector asks it to: 10 minutes at most. */
const OWN_RETRIES_MS = 11 * 60_000;
/** The figures of `upload.rs`. */
const ANSWER_TIMEOUT_MS = 30_000;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
const MAX_RETRY_AFTER_MS = 600_000;

type Answer = [status: number, retryAfterS: number];

/** A batch on its way. */
interface Batch {
  key: string;
  body: Bytes;
  /** When it was posted; 0 if that failed. */
  postedMs: number;
  /** When an earlier page posted it and heard no answer: the collector may have it since then. */
  unsureMs?: number;
  /** What is kept of it beside the body. */
  kept?: string;
  /** Hears of the answer to what an earlier page left. */
  hear?: (answer: Answer) => void;
}

/** The queue of one instance. */
export interface OfflineQueue {
  createSender: CreateSender;
  /** Leaves nothing, and keeps nothing from now on. */
  erase(): void;
}

export function createOfflineQueue(name: string): OfflineQueue {
  const database = createDatabase(name);
  return {
    createSender: (intakeUrl, fetch, fence, tell) => {
      const say = fence(tell);
      const lose = (keys: string[]): void => {
        const events = eventsOf(keys);
        if (events) say(SignalKind.Lost, [events]);
      };
      const sender = createKeepingSender(database, lose, intakeUrl, fetch, fence, tell);
      const sendKept = createSending(database, lose, intakeUrl, sender);
      const look = fence(() => {
        const send = async (lock: unknown): Promise<void> => {
          // Without the lock, another page sends; what it leaves is worth another look.
          const waitMs = lock ? await sendKept() : MAX_BACKOFF_MS;
          if (waitMs < Infinity) setTimeout(look, waitMs);
        };
        if (database.state() !== 'open') return;
        const { locks } = navigator as { locks?: LockManager };
        (locks ? locks.request(name, { ifAvailable: true }, send) : send(true)).catch(database.turnOff);
      });
      database.open(look);
      return sender;
    },
    erase() {
      database.turnOff();
      eraseDatabase(name);
    },
  };
}

interface KeepingSender extends ReturnType<CreateSender> {
  /** Posts what an earlier page left. */
  deliver(key: string, entry: Entry): Promise<Answer>;
  isUnderWay(key: string): boolean;
}

/** A sender that keeps what it cannot deliver. */
function createKeepingSender(
  database: Database,
  lose: (keys: string[]) => void,
  ...[intakeUrl, fetch, fence, tell]: Parameters<CreateSender>
): KeepingSender {
  const page = crypto.getRandomValues(new Uint32Array(1))[0]!;
  /** By slot; those of earlier pages have negative ones. */
  const batches = new Map<number, Batch>();
  /** The last attempt failed, and so would the next. */
  let isAway = false;
  let lastOwnSlot = 0;
  let [lastSlot, lastMs] = [0, 0];

  const keep = (batch: Batch, freeMs: number): void => {
    const { key, body } = batch;
    const postedMs = batch.unsureMs || (isAway ? 0 : batch.postedMs);
    const kept = `${postedMs} ${freeMs}`;
    if (batch.kept === kept || database.state() !== 'open') return;
    batch.kept = kept;
    const excess = database.put(key, { url: intakeUrl, body, postedMs, freeMs });
    for (const [slot, one] of batches) if (excess.includes(one.key)) batches.delete(slot);
    // Not now: this may be within a signal.
    if (excess[0]) queueMicrotask(() => lose(excess));
  };

  const sender = createSender(intakeUrl, fetch, fence, (kind, numbers) => {
    const [slot, status, retryAfterS] = numbers as [number, ...Answer];
    const batch = batches.get(slot);
    isAway = isRetryable(status);
    if (batch && isAway) {
      batch.postedMs = 0;
      const isLeft = batch.hear || document.visibilityState === 'hidden';
      keep(batch, isLeft ? 0 : Date.now() + OWN_RETRIES_MS);
    } else if (batch) {
      batches.delete(slot);
      if (batch.kept) database.remove(batch.key);
    }
    if (slot > 0) tell(kind, numbers);
    else batch?.hear?.([status, retryAfterS]);
  });

  const post = (slot: number, batch: Batch, atExit: number, events: number): void => {
    batch.postedMs = Date.now();
    batches.set(slot, batch);
    sender.post(batch.body, slot, atExit, events);
  };

  return {
    post(view, slot, atExit, events) {
      if (database.state() === 'off') {
        batches.clear();
        return sender.post(view, slot, atExit, events);
      }
      const body = view.slice();
      // At exit the newest comes first, and is not to count as the oldest.
      if (slot > lastSlot) lastMs = Date.now();
      lastSlot = slot;
      const batch = batches.get(slot) ?? { key: makeKey(lastMs, page, slot, body, events), body, postedMs: 0 };
      // Posted again though nothing was heard of it.
      isAway ||= batch.postedMs > 0 || navigator.onLine === false;
      if (atExit && isAway && database.state() === 'open') {
        // Kept only: posted as well it might arrive, and nobody would hear of it.
        batches.set(slot, batch);
        keep(batch, 0);
        queueMicrotask(fence(() => tell(SignalKind.Answered, [slot, 0, 0])));
      } else {
        post(slot, batch, atExit, events);
        if (atExit) keep(batch, 0);
      }
    },
    hurry() {
      sender.hurry();
      for (const batch of batches.values()) keep(batch, 0);
    },
    deliver: (key, { body, postedMs, freeMs }) =>
      new Promise((resolve) => {
        const slot = --lastOwnSlot;
        const timer = setTimeout(() => {
          isAway = true;
          batches.delete(slot);
          resolve([0, 0]);
        }, ANSWER_TIMEOUT_MS);
        const hear = (answer: Answer): void => {
          clearTimeout(timer);
          batches.delete(slot);
          resolve(answer);
        };
        post(slot, { key, body, postedMs: 0, unsureMs: postedMs, kept: `${postedMs} ${freeMs}`, hear }, 0, 0);
      }),
    isUnderWay: (key) => [...batches.values()].some((batch) => batch.key === key),
  };
}

/** Sends what is kept and free, one at a time; answers in how many ms to look again, Infinity for never. */
function createSending(
  database: Database,
  lose: (keys: string[]) => void,
  intakeUrl: string,
  { deliver, isUnderWay }: KeepingSender,
): () => Promise<number> {
  let failures = 0;
  return async () => {
    const [keys, excess] = await database.look();
    lose(excess);
    let waitMs = Infinity;
    for (const key of keys) {
      const entry = isUnderWay(key) ? undefined : await database.read(key);
      const nowMs = Date.now();
      if (entry?.url !== intakeUrl) continue;
      if (entry.freeMs > nowMs) {
        waitMs = Math.min(waitMs, entry.freeMs - nowMs);
      } else if (entry.postedMs && nowMs - entry.postedMs > MAX_REPEAT_MS) {
        // Most likely delivered; the collector would no longer notice.
        database.remove(key);
      } else {
        const [status, retryAfterS] = await deliver(key, entry);
        if (isRetryable(status)) {
          const fullMs = Math.min(FIRST_BACKOFF_MS * 2 ** failures++, MAX_BACKOFF_MS);
          return Math.max(fullMs * (0.5 + Math.random() / 2), Math.min(retryAfterS * 1_000, MAX_RETRY_AFTER_MS));
        }
        failures = 0;
        if (status >= 300) lose([key]);
      }
    }
    return waitMs;
  };
}

const isRetryable = (status: number): boolean => !status || status === 408 || status === 429 || status >= 500;
