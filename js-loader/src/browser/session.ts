/**
 * What is kept between pages: the session, which the site's pages share, and the tab's id. It is written only
 * when it changed and never polled: browsers tell other pages of a change, and a page looks again when it is
 * shown. Where else than in `localStorage` it can be kept is in `extras.ts`.
 */
import type { CreateAdapter, Undo } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import type { Fence } from '../fence.ts';
import { attempt } from '../host-value.ts';
import { dashed } from '../session-id.ts';
import { listen } from './listen.ts';

/** How long a session is kept (s), where that can be said: as long as it may last. */
const SESSION_AGE_S = 4 * 3_600;
/** Stored for an instant before everything is erased, to tell the site's other pages why. */
export const WITHDRAWN = '-';

/** A place to keep texts. Reading and writing may throw; an empty text is none. */
export interface Place {
  read(key: string): string;
  write(key: string, text: string, maxAgeS: number): void;
}

/** What is kept between pages for one instance of the SDK. */
export interface Keeper {
  /** Name of the session's text, where other pages read and change it. */
  key: string;
  session(): string;
  store(text: string): void;
  tabId(): Uint8Array;
  /** Leaves nothing. */
  erase(): void;
  /** Calls back with the text that another page stored, where that is not told by `storage` events. */
  watch?(fence: Fence, look: (stored: string) => void): Undo;
}

/** Keeps things in places: the session for the site, the tab's id for the tab. */
export function createKeeper(
  instance: string,
  place = storage(() => localStorage),
  tab = storage(() => sessionStorage),
): Keeper {
  const suffix = instance && `_${instance}`;
  const key = `rum_session${suffix}`;
  const tabKey = `rum_tab${suffix}`;
  const store = (text: string): void => attempt(() => place.write(key, text, SESSION_AGE_S));
  return {
    key,
    session: () => attempt(() => place.read(key)) ?? '',
    store,
    tabId: () => keptId(tab, tabKey, 0),
    erase() {
      store(WITHDRAWN);
      store('');
      attempt(() => tab.write(tabKey, '', 0));
    },
  };
}

/** Tells the engine what other pages of the site stored. */
export const watchSession: CreateAdapter = ({ emit, fence, keeper, withdraw }) => {
  let known = keeper.session();
  const look = (stored: string): void => {
    if (stored === WITHDRAWN) {
      withdraw();
    } else if (stored !== known) {
      known = stored;
      const [id, ...numbers] = parseSession(stored);
      emit(SignalKind.SessionStored, performance.now(), numbers, [], [[0, id]]);
    }
  };
  const stopListening = listen<StorageEvent>(window, ['storage', 'pageshow', 'visibilitychange'], fence, ({ key, newValue }) =>
    // By the time a change is told, what was stored for an instant is erased: so the event is asked.
    look(key === keeper.key && newValue === WITHDRAWN ? newValue : keeper.session()),
  );
  const stopWatching = keeper.watch?.(fence, look);
  return {
    calls: { stopSession: (at) => emit(SignalKind.SessionStopped, at) },
    stop() {
      stopListening();
      stopWatching?.();
    },
  };
};

/** Id, start, last activity (ms since the epoch) and whether it is kept; zeros for what is no session. */
export type Stored = [id: Uint8Array, startedMs: number, activeMs: number, isKept: number];

/** Storage can hold anything: what does not parse counts as nothing. */
export function parseSession(text: string): Stored {
  const [id, ...numbers] = text.split('.');
  const [startedMs = 0, activeMs = 0, isKept = 0] = numbers.map((number) => +number || 0);
  return bytesOf(id!) ? [bytesOf(id!)!, startedMs, activeMs, isKept] : [new Uint8Array(16), 0, 0, 0];
}

export const hex = (bytes: Uint8Array): string =>
  // Libraries of old (Prototype.js) have an `Array.from` of their own, which maps nothing.
  [...bytes].map((byte) => (byte + 0x100).toString(16).slice(1)).join('');

/** The text of an id as Datadog has it. */
export const uuid = (bytes: Uint8Array): string => dashed(hex(bytes));

/** The bytes of an id, of 32 hexadecimal digits; nothing for what is none. */
export const bytesOf = (text: string): Uint8Array | undefined =>
  /^[0-9a-f]{32}$/.test(text) ? Uint8Array.from(text.match(/../g)!, (byte) => parseInt(byte, 16)) : undefined;

export function storage(of: () => Storage): Place {
  return {
    read: (key) => of().getItem(key) ?? '',
    write: (key, text) => (text ? of().setItem(key, text) : of().removeItem(key)),
  };
}

/** The id kept under a name, or a new one. Written each time: its life begins anew. */
export function keptId(place: Place, key: string, maxAgeS: number): Uint8Array {
  const id = bytesOf(attempt(() => place.read(key)) ?? '') ?? crypto.getRandomValues(new Uint8Array(16));
  attempt(() => place.write(key, hex(id), maxAgeS));
  return id;
}
