/** The seam to `rum-wasm/src/bindings.rs`, as types. Instants are page times, milliseconds. */
import type { Stored } from './browser/session.ts';
import { encode, type Field } from './encode.ts';

/** Numbers of the signals; the same list as `signal_of` in bindings.rs. */
export const enum SignalKind {
  Loaded = 0,
  FirstContentfulPaint = 1,
  LargestContentfulPaint = 2,
  LayoutShift = 3,
  EventTiming = 4,
  InteractionCount = 5,
  Activity = 6,
  KeyDown = 7,
  Hidden = 8,
  Left = 9,
  Restored = 10,
  RestoredPaint = 11,
  Answered = 12,
  Stopped = 13,
  Timer = 14,
  Click = 15,
  Error = 16,
  CustomAction = 17,
  Busy = 20,
  DocumentLoaded = 21,
  ViewChanged = 22,
  Noted = 23,
  ViewLoaded = 24,
  Scrolled = 25,
  Reacted = 40,
  CustomVital = 41,
  RequestStarted = 50,
  RequestEnded = 51,
  RequestFailed = 52,
  Resource = 53,
  Shared = 60,
  SessionStored = 61,
  SessionStopped = 62,
  Lost = 63,
  Replayed = 64,
  FirstInput = 70,
  SoftNavigation = 71,
  LongTaskScript = 72,
  LongTask = 73,
  Unobservable = 74,
}

/** What the engine may ask of the browser; `rum-wasm/src/host.js` passes it on. */
export interface Host {
  /**
   * What the engine tells. `bytes` are a view of the module's memory: copy them before returning. Posts a batch
   * (numbers: its slot, 1 at page exit, how many events it has); stores the session's id (start and last activity
   * in ms since the epoch, 1 if it is kept); tells of the view that began (its `ViewContext`; bytes of its URL);
   * tells the developer; says whether page activity is to be told from now on (1); tells of a moment that a recording is to know
   * (page time; 0 for an error, else the sum of what frustrated the user).
   */
  tell: [post: Tell, store: Tell, view: Tell, warn: Tell, watchActivity: Tell, moment: Tell];
  /**
   * The application's last word on an event, given and answered as encoded fields; no answer drops it.
   * Meanwhile the engine is not to be entered.
   */
  look: Look | undefined;
}

type Tell = (bytes: Uint8Array<ArrayBuffer>, first: number, second: number, third: number) => void;

/** See `Host.look`. Fields are views of the module's memory: read them before anything else. */
export type Look = (kind: number, atMs: number, fields: Uint8Array, view: Uint8Array, shared: Uint8Array) => Parts | undefined;

/** Fields of an event, of its view's context, of its shared context. */
export type Parts = [fields: Uint8Array, view: Uint8Array, shared: Uint8Array];

/** The application's hook at work (`before-send.ts`, loaded where there is one). */
export interface Hook {
  look: Look;
  /** Keeps the engine from being entered by what happens while the hook runs. */
  guard(emit: Emit): Emit;
}

/** What the engine knows when it starts. */
export interface Setup {
  /**
   * The document's URL and referrer, neither redacted, and the query parameters that may be kept, with `&` between
   * them.
   */
  texts: [url: string, referrer: string, allowedParameters: string];
  /** The session the site's last page stored; zeros behind the id of one that is to begin. */
  storedSession: Stored;
  /** Fields of the `Context` of the protocol. */
  context: Field[];
  /** Epoch time of page time 0, ms. */
  timeOriginMs: number;
  /** When a prerendered page was shown, else 0. */
  activationStart: number;
  /** When the page was first hidden; Infinity if it never was. */
  firstHidden: number;
  /** Percentage of sessions to keep, 0 to 100. */
  sessionSampleRate: number;
  /** Percentage of the others to keep from their first error on. */
  onErrorSampleRate: number;
}

/** The engine. A call answers the page time at which it wants to be woken (Infinity: not at all). */
export interface Core {
  signal(kind: number, at: number, first: number, second: number, third: number, texts: string, facts: Uint8Array): number;
}

/** Makes an engine for a host. */
export type CreateCore = (setup: Setup, host: Host) => Core;

/** Emits a signal: what it is, when it happened, and what the engine is to know of it. */
export type Emit = (kind: SignalKind, at: number, numbers?: (number | undefined)[], texts?: (string | undefined)[], facts?: Field[]) => void;

/** Emits into an engine. `wake` hears when it next wants to be woken. */
export function createEmit(core: Core, wake: (at: number) => void): Emit {
  return (kind, at, [first = 0, second = 0, third = 0] = [], texts = [], facts = []) =>
    wake(core.signal(kind, at, first, second, third, join(texts), encode(facts)));
}

/** Several texts as one, with U+0000 between them; one within a text would shift all that follow. */
export function join(texts: (string | undefined)[]): string {
  return texts.map((text = '') => text.replaceAll('\0', '')).join('\0');
}
