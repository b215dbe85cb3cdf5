/**
 * Where the offline queue keeps batches: one database for each instance, named as its mark in `localStorage`, by which
 * consent withdrawn finds it. It has one store: under `<ms since the epoch>.<random>.<slot>.<bytes>.<events>`, which is
 * all that bounds ask for, an `Entry`. Where the browser keeps nothing, there is one warning and no queue.
 */
import { attempt } from './host-value.ts';
import type { Bytes } from './post.ts';
import { warn } from './warn.ts';

/** As much as the engine keeps in memory (`MAX_QUEUE_BYTES` of `upload.rs`): hours of an ordinary session. */
const MAX_BYTES = 1024 * 1024;
/** Datadog takes events up to 4 h old and ignores later ones; it is also the longest session. */
const MAX_AGE_MS = 4 * 3_600_000;

const STORE = 'batches';

/** A batch that is kept. */
export interface Entry {
  /** Where it goes: applications of one origin may share the database, but not the collector's key. */
  url: string;
  body: Bytes;
  /** When it was posted with an answer nobody heard; 0 if it surely was not taken. */
  postedMs: number;
  /** From when on another page may send it. */
  freeMs: number;
}

/** The database of one instance. */
export interface Database {
  /** Opens it now: at page exit there would be no time. */
  open(begin: () => void): void;
  state(): 'opening' | 'open' | 'off';
  /** Nothing is kept from now on. */
  turnOff(fault?: unknown): void;
  /** Keeps an entry, in place of the oldest where there is no room; answers the keys of those. */
  put(key: string, entry: Entry): string[];
  remove(key: string): void;
  /** What all pages keep, oldest first, and what was given up because it was too old or too much. */
  look(): Promise<[kept: string[], excess: string[]]>;
  read(key: string): Promise<Entry | undefined>;
}

/** Slots are as wide as each other: keys are in the order of their texts. */
export const makeKey = (ms: number, page: number, slot: number, body: Bytes, events: number): string =>
  [ms, page, String(slot).padStart(6, '0'), body.length, events].join('.');

/** How many events the batches of some keys have. */
export const eventsOf = (keys: string[]): number => sumOf(keys, 4);

/** A database may hold anything: what is no number counts as nothing. */
const partOf = (key: string, index: number): number => +key.split('.')[index]! || 0;

function sumOf(keys: string[], index: number): number {
  let sum = 0;
  for (const key of keys) sum += partOf(key, index);
  return sum;
}

/** Deletes a database. The mark stays until that is done, so that a page that is left meanwhile leaves a trace. */
export function eraseDatabase(name: string): void {
  attempt(() => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => attempt(() => localStorage.removeItem(name));
    request.onerror = (event) => event.preventDefault();
  });
}

export function createDatabase(name: string): Database {
  let database: IDBDatabase | undefined;
  let isOff = false;
  /** Keys of the store, oldest first, as far as this page knows: other pages add theirs. */
  let keys: string[] = [];
  /** What is to be written; nothing for what is to be deleted. */
  const changes = new Map<string, Entry | undefined>();

  const turnOff = (fault?: unknown): void => {
    if (isOff) return;
    isOff = true;
    database?.close();
    database = undefined;
    if (fault) warn('offlineQueue is off: the browser keeps nothing for it', fault);
  };

  /**
   * Writes all changes of a task at its end and commits at once: the page may be gone the next moment, and many small
   * transactions would not be over by then.
   */
  const write = (): void => {
    if (!database || !changes.size) return;
    try {
      const transaction = database.transaction(STORE, 'readwrite', { durability: 'relaxed' });
      transaction.onabort = () => turnOff(transaction.error ?? 'aborted');
      transaction.onerror = quietly;
      const store = transaction.objectStore(STORE);
      for (const [key, entry] of changes) entry ? store.put(entry, key) : store.delete(key);
      changes.clear();
      transaction.commit?.();
    } catch (fault) {
      turnOff(fault);
    }
  };

  const change = (key: string, entry?: Entry): void => {
    if (!changes.size) queueMicrotask(write);
    changes.set(key, entry);
  };

  const ask = async <T>(question: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> =>
    database && answerOf(question(database.transaction(STORE).objectStore(STORE)));

  /** Takes off the list what is too old, and the oldest of what is too much. */
  const takeExcess = (): string[] => {
    let bytes = sumOf(keys, 3);
    const excess = keys.filter((key) => {
      if (bytes <= MAX_BYTES && Math.abs(Date.now() - partOf(key, 0)) < MAX_AGE_MS) return false;
      bytes -= partOf(key, 3);
      return true;
    });
    keys = keys.filter((key) => !excess.includes(key));
    for (const key of excess) change(key);
    return excess;
  };

  return {
    state: () => (isOff ? 'off' : database ? 'open' : 'opening'),
    turnOff,
    open(begin) {
      try {
        localStorage.setItem(name, '1');
        const request = indexedDB.open(name, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE);
        request.onblocked = () => turnOff('blocked');
        request.onerror = (event) => turnOff(quietly(event) ?? request.error);
        request.onsuccess = () => {
          if (isOff) return request.result.close();
          database = request.result;
          // Erased, by another page or by the visitor.
          database.onversionchange = database.onclose = () => turnOff();
          begin();
        };
      } catch (fault) {
        turnOff(fault);
      }
    },
    put(key, entry) {
      if (!database) return [];
      if (!keys.includes(key)) keys = [...keys, key].sort();
      change(key, entry);
      return takeExcess();
    },
    remove(key) {
      keys = keys.filter((one) => one !== key);
      change(key);
    },
    async look() {
      write();
      const before = keys;
      const stored = ((await ask((store) => store.getAllKeys())) ?? []).map(String);
      keys = [...stored, ...keys.filter((key) => !before.includes(key))].sort();
      const excess = takeExcess();
      return [keys, excess];
    },
    read: (key) => ask<Entry | undefined>((store) => store.get(key)),
  };
}

/** Else Firefox tells the page's `onerror` of it. */
const quietly = (event: Event): void => event.preventDefault();

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => reject(quietly(event) ?? request.error);
  });
}
