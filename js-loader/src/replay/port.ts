/** The seam between the page and the replay engine, wherever that runs: messages, each an array to be small. */
import type { Packed } from './ops.ts';

/** To the engine. Everything is handled in order. */
export type ToEngine =
  /** Once, before all others. */
  | ['begin', EngineSetup]
  /** Operations; their ms count from `atMs` (epoch). `number` comes back when they are processed. */
  | ['ops', number: number, atMs: number, packed: Packed]
  /** A view began (epoch ms): what came before belongs to the one before it. */
  | ['view', view: EngineView]
  /** The segment is closed and posted; `CreationReason` of the next. */
  | ['flush', reason: number]
  /** An error happened in a session that is kept only then: what is held back is to be posted. */
  | ['keep']
  /** The view ended, and recording with it. */
  | ['end'];

/** From the engine. */
export type FromEngine =
  /** Operations were processed and became this block of that segment; empty if they became nothing. */
  | ['block', number: number, segment: number, head: Uint8Array<ArrayBuffer>, block: Uint8Array<ArrayBuffer>]
  /** That segment arrived, or never will: its blocks need not be kept. */
  | ['settled', segment: number]
  /** What was recorded of the view: Datadog `_dd.replay_stats`; and how many operations were left out of the recording, as they
   * referred to what is not there. */
  | ['stats', viewId: string, segments: number, records: number, rawBytes: number, dropped: number]
  /** Recording is over: the engine cannot go on. */
  | ['fault', text: string];

/** What the engine needs for good. */
export interface EngineSetup {
  /** Of the module, and its digest. */
  wasmUrl: string;
  wasmIntegrity: string;
  /** `<endpoint>/v1/s?k=…` */
  segmentUrl: string;
  applicationId: string;
  sdkVersion: string;
  /** `PrivacyLevel`, and the policy it comes from. */
  privacyLevel: number;
  policyVersion: number | undefined;
  /** Held back until `keep`: the last minute or two. */
  isHeld: boolean;
}

/** A view that begins. Ids are 32 hexadecimal digits. */
export interface EngineView {
  sessionId: string;
  viewId: string;
  atMs: number;
  href: string;
  width: number;
  height: number;
  hasFocus: boolean;
}
