/** The seam to `rum-wasm/src/bindings.rs`, as types. Instants are page times, milliseconds. */
import type { CheckedOptions } from './types.ts';

/** Numbers of the signals that carry nothing but numbers; the same list as `numeric` in bindings.rs. */
export const SignalKind = {
  Loaded: 0,
  FirstContentfulPaint: 1,
  LargestContentfulPaint: 2,
  LayoutShift: 3,
  EventTiming: 4,
  InteractionCount: 5,
  Activity: 6,
  KeyDown: 7,
  Hidden: 8,
  Left: 9,
  Restored: 10,
  RestoredPaint: 11,
  Answered: 12,
  Stopped: 13,
  Timer: 14,
} as const;

/** What the engine may ask of the browser. */
export interface Host {
  /** `performance.now()`. */
  now(): number;
  /** Posts an encoded batch. `body` is a view of the module's memory: copy it before returning. */
  post(slot: number, body: Uint8Array<ArrayBuffer>, atExit: boolean): void;
  /** Stores the session for the site's other pages. */
  store(session: string): void;
  /** Tells the developer. */
  warn(text: string): void;
}

/** What the engine knows when it starts. */
export interface Setup extends Pick<CheckedOptions, 'applicationId' | 'service' | 'env' | 'version' | 'sessionSampleRate'> {
  /** Epoch time of page time 0, ms. */
  timeOriginMs: number;
  /** Not yet redacted. */
  url: string;
  /** Not yet redacted. */
  referrer: string;
  /** When a prerendered page was shown, else 0. */
  activationStart: number;
  /** When the page was first hidden; Infinity if it never was. */
  firstHidden: number;
  storedSession: string | undefined;
  /** CSS pixels. */
  viewportWidth: number;
  /** CSS pixels. */
  viewportHeight: number;
  locale: string | undefined;
  timeZone: string | undefined;
}

/** The engine. Every call answers the page time at which it wants to be woken (Infinity: not at all). */
export interface Core {
  signal(kind: number, at: number, first: number, second: number, third: number): number;
  click(
    at: number,
    actionName: string | undefined,
    tag: string,
    id: string,
    role: string | undefined,
    x: number,
    y: number,
    width: number,
    height: number,
  ): number;
  error(
    at: number,
    message: string,
    name: string | undefined,
    stack: string | undefined,
    reported: boolean,
    contextJson: string | undefined,
  ): number;
  action(at: number, name: string, contextJson: string | undefined): number;
  route(at: number, url: string): number;
}

/** Emits a signal of numbers alone. */
export type Emit = (kind: number, at: number, first?: number, second?: number, third?: number) => void;
