/**
 * The replay engine at work: takes what the page says, has rum-replay record it, makes segments and posts them. It runs in a
 * worker, or in slices on the page's own thread where there is none.
 */
import { utf8 } from '../encode.ts';
import type { Bytes } from '../post.ts';
import type { Packed } from './ops.ts';
import { Call, loadModule, Status, type Answer, type Engine } from './module.ts';
import type { EngineSetup, EngineView, FromEngine, ToEngine } from './port.ts';
import { GENERATION_MS, MAX_SEGMENT_MS, Reason, Segments } from './segments.ts';
import { createUpload } from './upload.ts';

export interface EngineHost {
  fetch: typeof globalThis.fetch;
  tell(message: FromEngine): void;
  /** Between two slices of work; a worker needs none. */
  pause?(): Promise<void>;
}

/** Makes an engine; what it is told is handled in order. It is ready when the promise is. */
export async function createEngine(setup: EngineSetup, host: EngineHost): Promise<(message: ToEngine) => void> {
  return new Recording(setup, host, await loadModule(setup.wasmUrl, setup.wasmIntegrity, host.fetch)).hear;
}

/** Of what is recorded at the moment. */
class Recording {
  #engine: Engine;
  #host: EngineHost;
  #segments: Segments;
  #view: EngineView | undefined;
  #isTelling = false;
  #isOver = false;
  #status = 0;
  #snapshotMs = 0;
  #nowMs = 0;
  #waiting: ToEngine[] = [];
  #isAtWork = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(setup: EngineSetup, host: EngineHost, engine: Engine) {
    this.#engine = engine;
    this.#host = host;
    const upload = createUpload({
      url: setup.segmentUrl,
      fetch: host.fetch,
      settled: ({ number, viewId, batches }, isLost) => {
        host.tell(['settled', number]);
        if (!isLost) return;
        this.#segments.lost += batches;
        // What follows cannot be read without it.
        if (viewId === this.#view?.viewId) this.hear(['restart']);
      },
      refused: (status) => this.#fail(`the collector answers ${status}`),
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    this.#segments = new Segments({ setup, tell: host.tell, upload });
  }

  hear = (message: ToEngine | ['restart']): void => {
    this.#waiting.push(message as ToEngine);
    if (!this.#isAtWork) void this.#work();
  };

  async #work(): Promise<void> {
    this.#isAtWork = true;
    try {
      for (let message = this.#waiting.shift(); message && !this.#isOver; message = this.#waiting.shift()) {
        await this.#host.pause?.();
        await this.#handle(message);
      }
    } catch (fault) {
      this.#fail(String(fault));
    }
    this.#isAtWork = false;
  }

  async #handle(message: ToEngine | ['restart']): Promise<void> {
    switch (message[0]) {
      case 'ops':
        return this.#batch(message[1], message[2], message[3]);
      case 'view':
        this.#end(message[1].atMs);
        return this.#begin((this.#view = message[1]), message[1].atMs, this.#snapshotMs ? Reason.ViewChange : Reason.Init);
      case 'flush':
        return this.#cut(message[1]);
      case 'keep':
        if (this.#segments.keep() || !this.#isTelling) return;
        return this.#begin(this.#view!, this.#nowMs, Reason.Init);
      case 'restart':
        if (this.#isTelling) await this.#begin(this.#view!, this.#nowMs, Reason.Init);
        return;
      case 'end':
        this.#end(this.#nowMs);
        this.#isOver = true;
    }
  }

  async #batch(number: number, atMs: number, { words, texts }: Packed): Promise<void> {
    this.#nowMs = Math.max(this.#nowMs, atMs);
    if (this.#isTelling) {
      const { open, isHeld } = this.#segments;
      if (this.#status & Status.Worn || (isHeld && atMs >= this.#snapshotMs + GENERATION_MS)) {
        await this.#begin(this.#view!, atMs, Reason.Duration);
      } else if (open!.bytes && atMs >= open!.startMs + MAX_SEGMENT_MS) {
        this.#cut(Reason.Duration);
      }
      this.#expect(atMs);
    }
    const answer = this.#call(Call.Batch, atMs, [0], new Uint8Array(words.buffer, words.byteOffset, words.byteLength), utf8(texts) as Bytes);
    this.#segments.lost += answer.status & Status.Torn;
    this.#take(answer, number);
    if (answer.status & Status.Full) throw new Error('the page is too large to be recorded');
    if (!this.#isTelling && this.#view) await this.#begin(this.#view, Math.max(atMs, this.#view.atMs), Reason.Init);
  }

  /** A segment without blocks begins with what is recorded now. */
  #expect(atMs: number): void {
    const { open } = this.#segments;
    if (!open || open.bytes) return;
    open.startMs = atMs;
    this.#call(Call.Segment, atMs);
  }

  /** Begins a view, or begins it anew: with a snapshot, once the document was walked. */
  async #begin(view: EngineView, atMs: number, reason: number): Promise<void> {
    if (!(this.#status & Status.Walked)) return;
    this.#segments.close();
    this.#isTelling = true;
    this.#snapshotMs = atMs;
    let answer = this.#call(Call.View, atMs, [view.width, view.height, +view.hasFocus], utf8(view.href) as Bytes);
    this.#segments.begin(view, atMs, reason, answer.firsts, true);
    while (answer.status & Status.Busy) {
      // At once where there is nobody to be held up.
      answer = this.#call(Call.Work, 0, [this.#host.pause ? 0 : 2 ** 31 - 1]);
      await this.#host.pause?.();
    }
    this.#take(answer, 0);
  }

  #end(atMs: number): void {
    if (!this.#isTelling) return;
    this.#expect(atMs);
    this.#take(this.#call(Call.End, atMs), 0);
    this.#segments.close();
    this.#isTelling = false;
  }

  /** Ends the segment and begins another. */
  #cut(reason: number): void {
    if (!this.#segments.open?.bytes) return;
    this.#segments.close();
    this.#segments.begin(this.#view!, this.#nowMs, reason, this.#call(Call.Segment, this.#nowMs).firsts, false);
  }

  #take({ block, records, dropped }: Answer, number: number): void {
    this.#segments.dropped = dropped;
    const isFull = this.#segments.add(number, block, records);
    if (isFull) return this.#cut(Reason.Bytes);
    const { open } = this.#segments;
    if (open?.blocks.length !== 1) return;
    // It is closed in time even if nothing more happens.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#segments.open === open && this.hear(['flush', Reason.Duration]), MAX_SEGMENT_MS);
  }

  #call(...args: Parameters<Engine>): Answer {
    const answer = this.#engine(...args);
    this.#status = answer.status;
    return answer;
  }

  #fail(why: string): void {
    this.#isOver = true;
    this.#host.tell(['fault', why]);
  }
}
