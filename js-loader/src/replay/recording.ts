/** What the parts of the tap share, and what each of them is to the whole (`recorder.ts`). */
import type { Undo } from '../adapter.ts';
import type { Fence } from '../fence.ts';
import type { NodeIds } from './ids.ts';
import type { Ops } from './ops.ts';
import type { Level, Policy } from './privacy/level.ts';

/** A tree of nodes that changes are observed in. */
export type Root = Document | ShadowRoot;

/** One recording of a page. */
export interface Recording {
  ops: Ops;
  ids: NodeIds;
  policy: Policy;
  /** Around everything the browser or the page will call. */
  fence: Fence;
  /** Same-origin iframes are recorded, too. */
  hasFrames: boolean;
  /** Milliseconds after the time the batch of the moment counts from, for operations that tell when. */
  now(at?: number): number;
  /** Something was noted: the batch is handed over soon (100 ms at most). */
  schedule(): void;
  /** What may be told of an attribute became more: it is told again, if the element has it. */
  retell(element: Element, name: string): void;
}

/** Something of the page that is observed beside the tree of nodes. */
export interface Observer {
  /** An element was added, and its operation is written: tells what its attributes do not (value, sheets, state). */
  found?(element: Element, id: number, level: Level): void;
  /** Before the document is walked, in slices: reads a piece of what the walk depends on; answers whether that was all. */
  prepare?(): boolean;
  /** A document or shadow tree is recorded from now on; what is undone when it is not must not keep it alive otherwise. */
  root?(root: Root, id: number): Undo | void;
  /** The children, or their texts, of an element that is recorded without them changed: of a `<style>`; or of a `<textarea>`. */
  changed?(element: Element, id: number): void;
  /** An attribute of a recorded element was set or removed, maybe to what it was. */
  attribute?(element: Element, id: number, name: string): void;
  /** A click was frustrating: `Recorder.frustrated`. */
  frustrated?(at: number, kinds: number): void;
  /** The document was walked, and what there is by now was told. */
  walked?(): void;
  /** Before a batch is handed over: tells what waits. */
  flush?(): void;
  stop?(): void;
}

/** What the core asks of replay, once it is loaded. Instants are page times, ms. */
export interface Recorder {
  /** A view began, the first one or a later one. */
  view(sessionId: string, viewId: string, at: number): void;
  /** A click was frustrating: kinds as in `RecordKind::Frustration`, and when it happened. */
  frustrated(at: number, kinds: number): void;
  /** An error happened in a session that is kept only then. */
  keep(): void;
  /** The page may be gone after this: what can be sent is sent. */
  leave(isHidden: boolean): void;
  /** Ends the recording; what was recorded is sent, unless it is to be erased. */
  stop(isErased: boolean): void;
}

/** What replay is given by the core. */
export interface RecorderHost {
  /** The one from before anybody watched it. */
  fetch: typeof window.fetch;
  applicationId: string;
  /** Where segments go, and where the collector says what may be recorded. */
  segmentUrl: string;
  policyUrl: string;
  options: ReplayOptions;
  /** The session is kept only from its first error on: the last minute or two is held back until `keep`. */
  isHeld: boolean;
  /** Epoch time of page time 0, ms. */
  timeOriginMs: number;
  /** What was recorded of a view so far: Datadog `_dd.replay_stats`. */
  told(viewId: string, segments: number, records: number, rawBytes: number): void;
  /** Recording ended by itself: the collector's policy forbids it, or the engine failed. */
  ended(): void;
}

/** Options that only replay asks for; `types.ts` says what they mean. */
export interface ReplayOptions {
  defaultPrivacyLevel: 'allow' | 'mask-user-input' | 'mask-unless-allowlisted' | 'mask';
  /** Same-origin file that runs the engine, where ours are on another origin. */
  workerUrl: string | undefined;
  /** Same-origin iframes are recorded. */
  replayFrames: boolean;
  /** Masked texts keep the shapes of their words. */
  replayTextShapes: boolean;
}
