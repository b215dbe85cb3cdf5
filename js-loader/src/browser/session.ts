/**
 * What is kept between pages: the session, which the site's pages share, and the ids of visitor and tab. It is
 * written only when it changed and never polled: browsers tell other pages of a change, and a page looks again
 * when it is shown.
 */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import type { CheckedOptions, SessionPersistence } from '../types.ts';
import { listen } from './listen.ts';

/** How long a cookie of a session lives (s): as long as the session at most. */
const SESSION_AGE_S = 4 * 3_600;
/** How long a visitor without a name is known (s). Datadog's SDK uses the same figure; browsers cap it at 400 days. */
const VISITOR_AGE_S = 365 * 86_400;
/** Stored for an instant before everything is erased, to tell the site's other pages why. */
const WITHDRAWN = '-';

/** A place to keep texts. Reading and writing may throw; an empty text is none. */
interface Place {
  read(key: string): string;
  write(key: string, text: string, maxAgeS: number): void;
}

/** What is kept between pages for one instance of the SDK. */
export interface Keeper {
  /** Name of the session's text, where other pages read and change it. */
  key: string;
  /** The session as it is stored now. */
  session(): string;
  storeSession(text: string): void;
  /** The visitor's id, if one is wanted, and the tab's. */
  visitorId(): Uint8Array | undefined;
  tabId(): Uint8Array;
  /** Leaves nothing. */
  erase(): void;
}

/** Makes the keeper: the first place of those asked for that works. */
export function createKeeper(options: CheckedOptions): Keeper {
  const suffix = options.instance && `_${options.instance}`;
  const [key, visitorKey, tabKey] = [`rum_session${suffix}`, `rum_visitor${suffix}`, `rum_tab${suffix}`];
  const place = ([] as SessionPersistence[])
    .concat(options.sessionPersistence)
    .flatMap((name) => placesOf(name, options))
    .find(works);
  const tab = storage(() => sessionStorage);
  return {
    key,
    session: () => attempt(() => place?.read(key)) ?? '',
    storeSession: (text) => attempt(() => place?.write(key, text, SESSION_AGE_S)),
    visitorId: () => (options.trackAnonymousUser ? keptId(place, visitorKey, VISITOR_AGE_S) : undefined),
    tabId: () => keptId(place && tab, tabKey, 0),
    erase() {
      attempt(() => place?.write(key, WITHDRAWN, SESSION_AGE_S));
      // Wherever an earlier version of the page may have kept something.
      for (const one of [...placesOf('local-storage', options), ...placesOf('cookie', options, true), tab]) {
        for (const name of [key, visitorKey, tabKey, `rum_contexts${suffix}`]) attempt(() => one.write(name, '', 0));
      }
    },
  };
}

/** Tells the engine what other pages of the site stored. */
export const watchSession: CreateAdapter = ({ emit, fence, keeper, withdraw }) => {
  let known = keeper.session();
  const look = (stored = keeper.session()): void => {
    if (stored === WITHDRAWN) {
      withdraw();
    } else if (stored !== known) {
      known = stored;
      emit(SignalKind.SessionStored, performance.now(), [], [stored]);
    }
  };
  // By the time a change is told, what was stored for an instant is erased: so the event is asked.
  const changes = (changed: readonly { name: string; value?: string }[]): void =>
    changed.some(({ name, value }) => name === keeper.key && value === WITHDRAWN) ? look(WITHDRAWN) : look();
  const undo = [
    listen<StorageEvent>(window, ['storage'], fence, ({ key, newValue }) => {
      changes([{ name: key ?? '', value: newValue ?? '' }]);
    }),
    listen(document, ['visibilitychange'], fence, () => look()),
    listen(window, ['pageshow'], fence, () => look()),
  ];
  const { cookieStore } = window as { cookieStore?: EventTarget };
  if (cookieStore) {
    undo.push(listen<CookieChange>(cookieStore, ['change'], fence, ({ changed }) => changes(changed)));
  }
  return {
    calls: { stopSession: (at) => emit(SignalKind.SessionStopped, at) },
    stop: () => undo.forEach((one) => one()),
  };
};

/** The event of the Cookie Store API, as far as it is used. */
interface CookieChange extends Event {
  changed: readonly { name: string; value?: string }[];
}

/** The value of a cookie; empty for none. */
export function cookie(name: string): string {
  return `; ${document.cookie}`.split(`; ${name}=`)[1]?.split(';')[0] ?? '';
}

function placesOf(name: SessionPersistence, options: CheckedOptions, isEveryDomain = false): Place[] {
  if (name === 'local-storage') return [storage(() => localStorage)];
  if (name !== 'cookie') return [];
  const isCrossSite = options.usePartitionedCrossSiteSessionCookie;
  let flags = `;path=/;samesite=${isCrossSite ? 'none;partitioned' : 'strict'}`;
  if (isCrossSite || options.useSecureSessionCookie) flags += ';secure';
  const place = (domain: string): Place => ({
    read: cookie,
    write(key, text, maxAgeS) {
      document.cookie = `${key}=${text};max-age=${text ? maxAgeS : 0}${flags}${domain}`;
    },
  });
  // The shortest end of the host's name that a cookie may be set for is the site (`example.co.uk`); which ends
  // are registries' browsers know, from a list we do not have.
  const labels = options.trackSessionAcrossSubdomains || isEveryDomain ? location.hostname.split('.') : [];
  const domains = labels.map((_, index) => place(`;domain=${labels.slice(index).join('.')}`)).reverse();
  return isEveryDomain ? [place(''), ...domains] : domains.length ? domains : [place('')];
}

function storage(of: () => Storage): Place {
  return {
    read: (key) => of().getItem(key) ?? '',
    write: (key, text) => (text ? of().setItem(key, text) : of().removeItem(key)),
  };
}

/** Whether a place takes, gives back and erases. One fixed name: should it ever stay, it stays once. */
function works(place: Place): boolean {
  return !!attempt(() => {
    place.write('rum_probe', '1', 60);
    const isTaken = place.read('rum_probe') === '1';
    place.write('rum_probe', '', 0);
    return isTaken && !place.read('rum_probe');
  });
}

/** The id kept under a name, or a new one (UUID v4, which `randomUUID` makes for secure pages only). */
function keptId(place: Place | undefined, key: string, maxAgeS: number): Uint8Array {
  let text = attempt(() => place?.read(key)) ?? '';
  if (!/^[0-9a-f]{32}$/.test(text)) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    text = Array.from(bytes, (byte) => (byte + 0x100).toString(16).slice(1)).join('');
  }
  // Written each time: its life begins anew.
  attempt(() => place?.write(key, text, maxAgeS));
  return Uint8Array.from(text.match(/../g)!, (byte) => parseInt(byte, 16));
}

/** A page may be forbidden to store, or have filled its storage: then what it keeps lives as long as it does. */
function attempt<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
