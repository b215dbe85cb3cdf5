/**
 * When the tap works: in batches, each of them some time after the first change, while the page is idle, and in slices, so
 * that a large one does not block the page.
 */
import type { Fence } from '../fence.ts';
import { unpatched } from './natives.ts';

/** Least time from a change to its batch, and so between batches: a frame, ms. */
const MIN_WAIT_MS = 16;
/** Longest time from a change to its batch, where the page is never idle, ms. */
const MAX_WAIT_MS = 100;
/** What a slice may take of the main thread, ms: with what its batch takes to be packed it stays below 8. */
const SLICE_MS = 5;
/** What may be done at once when something happens that refers to what is not told yet, ms. */
const FLUSH_MS = 2;

/** What a batch is made of. */
export interface Work {
  /** Works until nothing is left (true), or it is that late (page time). */
  proceed(until: number): boolean;
  /** There is so much that it is handed over before the rest is there. */
  readonly isFull: boolean;
  /** Hands over what there is; times in it count from that page time. */
  handOver(baseMs: number): void;
}

export class Batches {
  #work: Work;
  #isScheduled = false;
  /** What times of the batch count from: when the first of it was noted. */
  #baseMs: number | undefined;
  #run: () => void;
  #soon: () => void;
  #channel = new MessageChannel();

  constructor(fence: Fence, work: Work) {
    this.#work = work;
    this.#run = fence(() => this.#slice());
    this.#soon = fence(() => {
      // Not everywhere there is one.
      if ('requestIdleCallback' in globalThis) requestIdleCallback(this.#run, { timeout: MAX_WAIT_MS - MIN_WAIT_MS });
      else this.#run();
    });
    this.#channel.port1.onmessage = this.#run;
  }

  /** Something waits to be told. */
  get isBusy(): boolean {
    return this.#isScheduled;
  }

  now(at = performance.now()): number {
    this.#baseMs ??= performance.now();
    return Math.round(at - this.#baseMs);
  }

  schedule(): void {
    this.now();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    unpatched('setTimeout')(this.#soon, MIN_WAIT_MS);
  }

  /** Ends the batch of the moment, with what can be done at once without anybody noticing. */
  close(): void {
    this.#work.proceed(performance.now() + FLUSH_MS);
    this.#handOver();
  }

  #handOver(): void {
    this.now();
    this.#work.handOver(this.#baseMs!);
    this.#baseMs = undefined;
  }

  stop(): void {
    this.#channel.port1.close();
  }

  /** A piece of a batch; the next follows at once, but lets the page go first. */
  #slice(): void {
    const isDone = this.#work.proceed(performance.now() + SLICE_MS);
    // Not scheduled any more before it is handed over: who tells what waits may find that there will be more.
    this.#isScheduled = !isDone;
    if (isDone || this.#work.isFull) this.#handOver();
    if (!isDone) this.#channel.port2.postMessage(0);
  }
}
