/**
 * What only some applications ask for, loaded with the core where one does: options the loader does not know,
 * other places for the session, contexts and batches kept across pages, and the sign of a test run.
 */
import type { Undo } from './adapter.ts';
import type { Hook } from './core.ts';
import { share, short, type Field } from './encode.ts';
import { Context as ContextFields, EventKind } from './fields.ts';
import { listen } from './browser/listen.ts';
import type { CreateSender } from './browser/sender.ts';
import { createKeeper, keptId, storage, WITHDRAWN, type Keeper, type Place } from './browser/session.ts';
import type { Fence } from './fence.ts';
import { attempt, toText } from './host-value.ts';
import { isMatch } from './match.ts';
import { eraseDatabase } from './offline-database.ts';
import type { CheckedOptions, Contexts, ExtraOptions, SessionPersistence } from './types.ts';
import { warn } from './warn.ts';

/** How long a visitor without a name is known (s). Datadog's SDK uses the same figure; browsers cap it at 400 days. */
const VISITOR_AGE_S = 365 * 86_400;

const FLAGGED = { vital: EventKind.Vital, action: EventKind.Action, long_task: EventKind.LongTask, resource: EventKind.Resource };

/** What the rest of the core works with in place of its defaults. */
export interface Extras {
  keeper: Keeper;
  /** Fields of the batch's `Context`. */
  context: Field[];
  onErrorSampleRate: number;
  /** Kinds of events that carry feature flags, a bit for each. */
  flagKinds: number;
  /** Takes up the contexts earlier pages kept: in place, under what is said already. */
  restore(contexts: Contexts): void;
  /** Keeps contexts for the next page. */
  persist(contexts: Contexts): void;
  hook: Hook | undefined;
  /** In place of the sender that forgets what it could not deliver when the page is left. */
  createSender: CreateSender | undefined;
  /** What is asked for of requests. */
  checked: Checked;
}

/** Options without a default. */
type Optional = 'beforeSend' | 'replayWorkerUrl';

/** Every other option has one. */
export type Checked = Required<Omit<ExtraOptions, Optional>> & Pick<ExtraOptions, Optional>;

/** A place that outlives the page, or does not. */
type Kept = Place & { isMemory?: true };

const isOneOf =
  (...names: string[]) =>
  (value: unknown): boolean =>
    [value].flat().every((one) => names.includes(one as string));
const isRate = (value: unknown): boolean => (value as number) >= 0 && (value as number) <= 100;
const isMatches = (value: unknown): boolean =>
  Array.isArray(value) && value.every((entry) => isMatch(entry) || isMatch(entry?.match));
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';

/** For each option: whether a value is right, what is, and the default. */
const OPTIONS: Record<keyof ExtraOptions, [isRight: (value: unknown) => boolean, expected: string, fallback: unknown]> = {
  sessionPersistence: [
    isOneOf('cookie', 'local-storage', 'memory'),
    "'cookie', 'local-storage' or 'memory', or a list of them",
    'local-storage',
  ],
  sessionOnErrorSampleRate: [isRate, 'a number from 0 to 100', 0],
  trackSessionAcrossSubdomains: [isBoolean, 'true or false', false],
  useSecureSessionCookie: [isBoolean, 'true or false', false],
  usePartitionedCrossSiteSessionCookie: [isBoolean, 'true or false', false],
  trackAnonymousUser: [isBoolean, 'true or false', false],
  storeContextsAcrossPages: [isBoolean, 'true or false', false],
  offlineQueue: [isBoolean, 'true or false', false],
  trackFeatureFlagsForEvents: [isOneOf(...Object.keys(FLAGGED)), `a list of ${Object.keys(FLAGGED)}`, []],
  allowedTracingUrls: [isMatches, 'a list of matches', []],
  traceSampleRate: [isRate, 'a number from 0 to 100', 100],
  traceContextInjection: [isOneOf('sampled', 'all'), "'sampled' or 'all'", 'sampled'],
  propagateTraceBaggage: [isBoolean, 'true or false', false],
  allowedGraphQlUrls: [isMatches, 'a list of matches', []],
  trackResourceHeaders: [(value) => isBoolean(value) || Array.isArray(value), 'true, false or a list', false],
  sessionReplaySampleRate: [isRate, 'a number from 0 to 100', 0],
  sessionReplayOnErrorSampleRate: [isRate, 'a number from 0 to 100', 0],
  startSessionReplayRecordingManually: [isBoolean, 'true or false', false],
  replayWorkerUrl: [(value) => typeof value === 'string', 'a string', undefined],
  replayFrames: [isBoolean, 'true or false', false],
  replayTextShapes: [isBoolean, 'true or false', false],
  beforeSend: [(value) => typeof value === 'function', 'a function', undefined],
};

export async function createExtras(options: CheckedOptions): Promise<Extras> {
  const extra = checkExtras(options.extra);
  const place = placesOf(extra).find(works) ?? memory();
  const keeper = createKeeper(options.instance, place, place.isMemory && memory());
  const suffix = options.instance && `_${options.instance}`;
  const [visitorKey, contextsKey, queueKey] = [`rum_visitor${suffix}`, `rum_contexts${suffix}`, `rum_queue${suffix}`];
  const contextsPlace = storage(() => localStorage);
  const { beforeSend } = extra;
  const hook = beforeSend && (await import('./before-send.ts')).createHook(beforeSend, options, keeper);
  const queue = extra.offlineQueue ? (await import('./offline-queue.ts')).createOfflineQueue(queueKey) : undefined;
  let flagKinds = 0;
  for (const name of extra.trackFeatureFlagsForEvents) flagKinds |= 1 << FLAGGED[name];
  return {
    keeper: {
      ...keeper,
      watch: (fence, look) => watchCookies(keeper, fence, look),
      erase() {
        keeper.erase();
        attempt(() => place.write(visitorKey, '', 0));
        attempt(() => contextsPlace.write(contextsKey, '', 0));
        queue?.erase();
      },
    },
    context: [
      [ContextFields.anonymousId, extra.trackAnonymousUser ? keptId(place, visitorKey, VISITOR_AGE_S) : undefined],
      [ContextFields.traceSampleRate, extra.allowedTracingUrls.length ? share(extra.traceSampleRate) : undefined],
      [ContextFields.replayStartsManually, extra.startSessionReplayRecordingManually || undefined],
      ...testRun(),
    ],
    onErrorSampleRate: extra.sessionOnErrorSampleRate,
    flagKinds,
    restore(contexts) {
      if (!extra.storeContextsAcrossPages) return;
      const stored = attempt(() => JSON.parse(contextsPlace.read(contextsKey)) as Contexts) ?? {};
      for (const name of ['GlobalContext', 'User', 'Account'] as const) {
        // One that was cleared is there, and undefined.
        if (!(name in contexts) || contexts[name]) contexts[name] = { ...stored[name], ...contexts[name] };
      }
    },
    persist({ GlobalContext, User, Account }) {
      if (!extra.storeContextsAcrossPages) return;
      attempt(() => contextsPlace.write(contextsKey, JSON.stringify({ GlobalContext, User, Account }), 0));
    },
    hook,
    createSender: queue?.createSender,
    checked: extra,
  };
}

/** The event of the Cookie Store API, as far as it is used. */
interface CookieChange extends Event {
  changed: readonly { name: string; value?: string }[];
}

/** Browsers without that API (Firefox before 140, Safari before 18.4) tell nothing: a page looks when it is shown. */
function watchCookies({ key, session }: Keeper, fence: Fence, look: (stored: string) => void): Undo {
  const { cookieStore } = window as { cookieStore?: EventTarget };
  if (!cookieStore) return () => {};
  return listen<CookieChange>(cookieStore, ['change'], fence, ({ changed }) => {
    look(changed.find(({ name, value }) => name === key && value === WITHDRAWN)?.value ?? session());
  });
}

/** Leaves nothing of what any page of the site kept for this instance, wherever it was told to keep it. */
export function eraseEverything(options: CheckedOptions): void {
  const everywhere = { ...checkExtras(options.extra), trackSessionAcrossSubdomains: true };
  const suffix = options.instance && `_${options.instance}`;
  for (const place of [
    ...placesOf({ ...everywhere, sessionPersistence: ['local-storage', 'cookie'] }),
    ...placesOf({ ...everywhere, sessionPersistence: 'cookie', trackSessionAcrossSubdomains: false }),
    storage(() => sessionStorage),
  ]) {
    for (const name of ['session', 'visitor', 'tab', 'contexts']) attempt(() => place.write(`rum_${name}${suffix}`, '', 0));
  }
  eraseDatabase(`rum_queue${suffix}`);
}

/** The rules of `checkOptions`: a wrong option falls back to its default, with one warning that names them all. */
function checkExtras(given: Record<string, unknown> = {}): Checked {
  const faults: string[] = [];
  const checked: Record<string, unknown> = {};
  for (const [name, [isRight, expected, fallback]] of Object.entries(OPTIONS)) {
    const value = given[name] ?? fallback;
    checked[name] = value === fallback || isRight(value) ? value : fallback;
    if (checked[name] !== value) faults.push(`${name} must be ${expected}`);
  }
  for (const name of Object.keys(given)) {
    if (!(name in OPTIONS)) faults.push(`${name} is not an option`);
  }
  if (faults.length) warn(faults.join('; '));
  return checked as unknown as Checked;
}

/** The places to keep the session in, in the order they are to be tried; none for memory, which keeps nothing. */
function placesOf(extra: Checked): Kept[] {
  return ([] as SessionPersistence[]).concat(extra.sessionPersistence).flatMap((name): Kept[] => {
    if (name === 'local-storage') return [storage(() => localStorage)];
    if (name === 'memory') return [memory()];
    const isCrossSite = extra.usePartitionedCrossSiteSessionCookie;
    let flags = `;path=/;samesite=${isCrossSite ? 'none;partitioned' : 'strict'}`;
    if (isCrossSite || extra.useSecureSessionCookie) flags += ';secure';
    if (!extra.trackSessionAcrossSubdomains) return [cookies(flags)];
    // The shortest end of the host's name that a cookie may be set for is the site (`example.co.uk`); which ends
    // are registries' browsers know, from a list we do not have.
    const labels = location.hostname.split('.');
    return labels.map((_, index) => cookies(`${flags};domain=${labels.slice(index).join('.')}`)).reverse();
  });
}

function cookies(flags: string): Place {
  return {
    read: cookie,
    write(key, text, maxAgeS) {
      document.cookie = `${key}=${text};max-age=${text ? maxAgeS : 0}${flags}`;
    },
  };
}

/** For this page alone. */
function memory(): Kept {
  const texts: Record<string, string> = {};
  return { isMemory: true, read: (key) => texts[key] ?? '', write: (key, text) => void (texts[key] = text) };
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

/** Whether a test drives the page, and which: the variables and cookies that Datadog's own test runners set. */
function testRun(): Field[] {
  const of = (name: string): string | undefined =>
    short(toText((window as unknown as Record<string, unknown>)[`_DATADOG_SYNTHETICS_${name}_ID`] ?? '')) ||
    cookie(`datadog-synthetics-${name.toLowerCase()}-id`) ||
    undefined;
  const test = of('PUBLIC');
  const run = cookie('datadog-ci-visibility-test-execution-id') || undefined;
  return [
    [ContextFields.sessionType, test ? 'synthetics' : run && 'ci_test'],
    [ContextFields.testId, test ?? run],
    [ContextFields.testResultId, of('RESULT')],
  ];
}

/** The value of a cookie; empty for none. */
function cookie(name: string): string {
  return `; ${document.cookie}`.split(`; ${name}=`)[1]?.split(';')[0] ?? '';
}
