/** The seam to `rum-wasm/src/bindings.rs`, as types. Instants are page times, milliseconds. */
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
  RouteChanged = 18,
  Busy = 20,
  RequestStarted = 50,
  RequestEnded = 51,
  Resource = 53,
  Shared = 60,
  SessionStored = 61,
  SessionStopped = 62,
  Asked = 63,
}

/** What the engine may ask of the browser; `rum-wasm/src/host.js` passes it on. */
export interface Host {
  /** Posts an encoded batch. `body` is a view of the module's memory: copy it before returning. */
  post(slot: number, body: Uint8Array<ArrayBuffer>, atExit: boolean): void;
  /** Tells something that needs no answer. */
  tell(what: Told, text: string): void;
  /**
   * The application's last word on an event, given and answered as encoded fields; an empty answer drops it.
   * Meanwhile the engine is not to be entered.
   */
  look: Look | undefined;
}

/** What the engine tells; the same numbers as in bindings.rs. */
export const enum Told {
  /** A sentence for the developer. */
  Warning = 0,
  /** The session, for the site's other pages. */
  Session = 1,
  /** Another view began. */
  ViewBegan = 2,
  /** What was `Asked`: session id, view id, view URL, with U+0000 between them. */
  Answer = 3,
}

/** See `Host.look`. Fields are views of the module's memory: read them before anything else. */
export type Look = (kind: number, atMs: number, fields: Uint8Array, view: Uint8Array, shared: Uint8Array) => Uint8Array;

/** The application's hook at work (`before-send.ts`, loaded where there is one). */
export interface Hook {
  look: Look;
  /** Keeps the engine from being entered by what happens while the hook runs. */
  guard(emit: Emit): Emit;
}

/** What the engine knows when it starts. */
export interface Setup {
  /**
   * The document's URL and referrer, neither redacted, the session its last page stored, and the id of the one
   * to begin where that is over: requests were traced by it before the core was there.
   */
  texts: [url: string, referrer: string, storedSession: string, newSessionId: string];
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

/** The engine's constructor: number of the host, then what `Setup` has. */
export type CoreClass = new (
  host: number,
  texts: string,
  context: Uint8Array,
  timeOriginMs: number,
  activationStart: number,
  firstHidden: number,
  sessionSampleRate: number,
  onErrorSampleRate: number,
  hasHook: boolean,
) => Core;

/** Makes an engine for a host. */
export type CreateCore = (setup: Setup, host: Host) => Core;

/** Emits a signal: what it is, when it happened, and what the engine is to know of it. */
export type Emit = (kind: SignalKind, at: number, numbers?: number[], texts?: (string | undefined)[], facts?: Field[]) => void;

/** Emits into an engine. `wake` hears when it next wants to be woken. */
export function createEmit(core: Core, wake: (at: number) => void): Emit {
  return (kind, at, [first = 0, second = 0, third = 0] = [], texts = [], facts = []) =>
    wake(core.signal(kind, at, first, second, third, join(texts), encode(facts)));
}

/** Several texts as one, with U+0000 between them; one within a text would shift all that follow. */
export function join(texts: (string | undefined)[]): string {
  return texts.map((text = '') => text.replaceAll('\0', '')).join('\0');
}
