/** The composition root: one page, tapped for one engine. */
import { createFence } from '../fence.ts';
import { Batches, type Work } from './batches.ts';
import { createExit, type Exit } from './exit.ts';
import { NodeIds } from './ids.ts';
import { Mutations } from './mutations.ts';
import { observePage } from './observe/index.ts';
import { Op, Ops } from './ops.ts';
import { openEngine, type EnginePort } from './port-main.ts';
import type { FromEngine, ToEngine } from './port.ts';
import type { Policy } from './privacy/level.ts';
import { safeUrl } from './privacy/url.ts';
import type { Observer, Recorder, RecorderHost, Recording } from './recording.ts';
import { Reason } from './segments.ts';

/** Set by build.mjs. */
declare const SDK_VERSION: string;

/**
 * Nodes that get a number before the document is told anew, with numbers from 1 on: some 10 MB of tables here. A page that
 * renders 1,000 nodes a second comes here after half an hour.
 */
const MAX_NODES = 2_000_000;

/** Words of a batch that is handed over before it is complete: some 3,000 nodes. To hand one over costs 0.3 ms. */
const MAX_WORDS = 16_384;

/** What was recorded when the application stopped it may take so long (ms) to be posted, repeats included. */
const LAST_POST_MS = 60_000;

export class Tap implements Work {
  #host: RecorderHost;
  #policy: Policy;
  #engine: EnginePort;
  #exit: Exit;
  #ops = new Ops();
  #batches: Batches;
  #closeFence: () => void;
  #recording!: Recording;
  #observer!: Observer;
  #mutations!: Mutations;
  #isWalked = false;
  /** Number of the batch handed over last. */
  #batch = 0;

  /** Taps the document from now on; `end` is called when that fails or has to end. */
  constructor(host: RecorderHost, policy: Policy, end: () => void) {
    this.#host = host;
    this.#policy = policy;
    // One of our own: a fault here is none of the core.
    const { fence, close } = createFence(end);
    this.#closeFence = close;
    this.#batches = new Batches(fence, this);
    this.#exit = createExit(host.segmentUrl, host.fetch);
    const { applicationId, isHeld, segmentUrl, options } = host;
    const setup = {
      segmentUrl,
      applicationId,
      sdkVersion: SDK_VERSION,
      privacyLevel: policy.fallback,
      policyVersion: policy.version,
      isHeld,
    };
    const hear = fence((message: FromEngine) => {
      this.#exit.hear(message);
      if (message[0] === 'stats') host.told(message[1], message[2], message[3], message[4]);
      else if (message[0] === 'fault') end();
    });
    this.#engine = openEngine(setup, { workerUrl: options.workerUrl, fetch: host.fetch, fence }, hear);
    this.#begin(fence);
  }

  view(sessionId: string, viewId: string, at: number): void {
    // What happened up to now is the view's before.
    this.#batches.close();
    const href = safeUrl(location.href, location.href);
    const [width, height] = [innerWidth, innerHeight];
    this.#send(['view', { sessionId, viewId, atMs: this.#epochMs(at), href, width, height, hasFocus: document.hasFocus() }]);
  }

  frustrated: Recorder['frustrated'] = (at, kinds) => {
    this.#observer.frustrated?.(at, kinds);
  };

  keep(): void {
    this.#send(['keep']);
  }

  leave(isHidden: boolean): void {
    this.#batches.close();
    this.#send(['flush', isHidden ? Reason.Hidden : Reason.PageExit]);
    // A page that is only hidden goes on: what it sent of a segment would stand in the place of all of it.
    if (!isHidden) this.#exit.leave();
  }

  stop(isErased: boolean): void {
    if (!isErased) {
      this.#batches.close();
      this.#send(['end']);
    }
    this.#closeFence();
    this.#undo();
    this.#batches.stop();
    this.#engine.close(isErased ? 0 : LAST_POST_MS);
  }

  proceed(until: number): boolean {
    const isDone = this.#mutations.proceed(until);
    if (isDone && !this.#isWalked) {
      this.#isWalked = true;
      this.#ops.add(Op.Walked);
      this.#observer.walked?.();
    }
    return isDone;
  }

  get isFull(): boolean {
    return this.#ops.length > MAX_WORDS;
  }

  handOver(baseMs: number): void {
    this.#observer.flush?.();
    if (this.#ops.length) {
      const packed = this.#ops.take();
      this.#send(['ops', ++this.#batch, this.#epochMs(baseMs), packed], [packed.words.buffer]);
      this.#exit.sent(this.#batch);
    }
    if (this.#recording.ids.count > MAX_NODES) {
      this.#undo();
      this.#begin(this.#recording.fence);
    }
  }

  #epochMs(at: number): number {
    return Math.round(this.#host.timeOriginMs + at);
  }

  #send(message: ToEngine, transfer: Transferable[] = []): void {
    this.#engine.send(message, transfer);
  }

  /** Tells the document from the beginning: to the engine one without a parent takes the place of what there was. */
  #begin(fence: Recording['fence']): void {
    const batches = this.#batches;
    this.#isWalked = false;
    this.#recording = {
      ops: this.#ops,
      ids: new NodeIds(),
      policy: this.#policy,
      fence,
      hasFrames: this.#host.options.replayFrames,
      now: (at) => batches.now(at),
      schedule: () => batches.schedule(),
      retell: (element, name) => this.#mutations.retell(element, name),
    };
    this.#observer = observePage(this.#recording);
    this.#mutations = new Mutations(this.#recording, this.#observer);
    this.#mutations.begin(document);
    batches.schedule();
  }

  #undo(): void {
    this.#mutations.stop();
    this.#observer.stop?.();
  }
}
