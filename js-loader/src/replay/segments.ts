/**
 * Blocks made into segments, and those held back that are only wanted if an error happens. A segment can be read only after
 * those before it, from a full snapshot on: what begins with one, up to the next, is a generation.
 */
import { bytesOf } from '../browser/session.ts';
import type { Bytes } from '../post.ts';
import { bodyOf, openHead } from './body.ts';
import type { EngineSetup, EngineView, FromEngine } from './port.ts';
import type { Complete } from './upload.ts';

/** A segment is closed at this age (ms), as Datadog's are: what a viewer waits for, and what a crash of the browser costs. */
export const MAX_SEGMENT_MS = 5_000;
/** Bytes of blocks at which it is closed: a page that is left can send about as much. */
const FULL_SEGMENT_BYTES = 60_000;
/** The largest segment the collector takes (`MAX_SEGMENT_BYTES` of the protocol). */
const MAX_SEGMENT_BYTES = 8 * 1024 * 1024;
/** Held back: a new generation begins this often (ms), as only whole ones are let go. */
export const GENERATION_MS = 30_000;
/** Held back: at least this much (ms), and at most so many bytes. Three generations of 20,000 nodes take 2 MB. */
const MIN_HELD_MS = 60_000;
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** `CreationReason` of the protocol. */
export const enum Reason {
  Init = 0,
  Duration = 1,
  Bytes = 2,
  ViewChange = 3,
  PageExit = 4,
  Hidden = 5,
}

interface Segment {
  number: number;
  id: Bytes;
  view: EngineView;
  index: number;
  reason: number;
  startMs: number;
  firsts: number[];
  blocks: Bytes[];
  bytes: number;
  records: number;
  isGeneration: boolean;
}

export interface SegmentsHost {
  setup: EngineSetup;
  tell(message: FromEngine): void;
  upload(segment: Complete): void;
}

export class Segments {
  open: Segment | undefined;
  /** Batches that were taken and will never be sent, and that no segment told yet. */
  lost = 0;
  /** Operations that were left out. */
  dropped = 0;
  #host: SegmentsHost;
  #held: Segment[] | undefined;
  #last = 0;
  /** Of the view: its id; segments begun; segments, records and bytes that were told. */
  #viewId = '';
  #index = 0;
  #told = [0, 0, 0];

  constructor(host: SegmentsHost) {
    this.#host = host;
    this.#held = host.setup.isHeld ? [] : undefined;
  }

  get isHeld(): boolean {
    return !!this.#held;
  }

  /** Begins a segment; `firsts` are from where its numbers count. */
  begin(view: EngineView, startMs: number, reason: number, firsts: number[], isGeneration: boolean): void {
    this.#enter(view);
    const id = crypto.getRandomValues(new Uint8Array(16));
    // A version 4 UUID.
    id[6] = (id[6]! & 15) | 64;
    id[8] = (id[8]! & 63) | 128;
    this.open = { number: ++this.#last, id, view, index: this.#index++, reason, startMs, firsts, blocks: [], bytes: 0, records: 0, isGeneration };
    // So the page can tell, whenever it is left, what this segment would have told.
    if (!this.#held) this.#tell(0, this.open, NOTHING);
  }

  /** A block of the batch of that number; answers whether the segment is full. */
  add(number: number, block: Bytes, records: number): boolean {
    const { open } = this;
    if (!open || !block.length) {
      if (number) this.#host.tell(['block', number, 0, NOTHING, NOTHING]);
      return false;
    }
    open.blocks.push(block);
    open.bytes += block.length;
    open.records += records;
    if (this.#held) this.#host.tell(['block', number, 0, NOTHING, NOTHING]);
    else this.#tell(number, open, block);
    if (open.bytes > MAX_SEGMENT_BYTES) throw new Error('a snapshot of the page is too large to be sent');
    return open.bytes > FULL_SEGMENT_BYTES;
  }

  /** Closes the segment; one without blocks is as if it had never been. */
  close(): void {
    const { open } = this;
    if (!open) return;
    this.open = undefined;
    if (!open.bytes) {
      this.#index--;
      this.#host.tell(['settled', open.number]);
    } else if (!this.#held) {
      this.#send(open);
    } else if (this.#held.length || open.isGeneration) {
      this.#held.push(open);
      this.#trim(open.startMs);
    } else {
      this.lost += open.blocks.length;
    }
  }

  /** What was held back goes, and nothing is held back any more. Answers whether what follows can be read after it. */
  keep(): boolean {
    const released = this.#held ?? [];
    const wasHeld = this.isHeld;
    this.#held = undefined;
    if (this.open && wasHeld) released.push(this.open);
    if (wasHeld && !released[0]?.isGeneration) return false;
    this.#viewId = '';
    for (const segment of released) {
      this.#enter(segment.view);
      segment.index = this.#index++;
      for (const block of segment.blocks) this.#tell(0, segment, block);
      if (segment !== this.open) this.#send(segment);
    }
    return true;
  }

  #enter(view: EngineView): void {
    if (view.viewId === this.#viewId) return;
    this.#viewId = view.viewId;
    this.#index = 0;
    this.#told = [0, 0, 0];
  }

  #trim(nowMs: number): void {
    const held = this.#held!;
    for (;;) {
      const second = held.findIndex(({ isGeneration }, at) => at > 0 && isGeneration);
      let bytes = 0;
      for (const segment of held) bytes += segment.bytes;
      const isOver = bytes > MAX_HELD_BYTES;
      if (second > 0 && (isOver || held[second]!.startMs + MIN_HELD_MS <= nowMs)) {
        held.splice(0, second);
      } else {
        // A generation that is too large by itself: nothing is held before the next.
        if (isOver) for (const { blocks } of held.splice(0)) this.lost += blocks.length;
        return;
      }
    }
  }

  #send(segment: Segment): void {
    const { number, view, blocks, records } = segment;
    const body = bodyOf(this.#head(segment), this.lost, blocks);
    this.#host.upload({ number, viewId: view.viewId, body, batches: blocks.length + this.lost });
    this.lost = 0;
    const told = (this.#told = [1, records, body.length].map((more, index) => more + this.#told[index]!));
    this.#host.tell(['stats', view.viewId, told[0]!, told[1]!, told[2]!, this.dropped]);
  }

  #tell(number: number, segment: Segment, block: Bytes): void {
    this.#host.tell(['block', number, segment.number, this.#head(segment), block]);
  }

  /** Keys of `SegmentHead`; who sends it adds what was lost. */
  #head({ id, view, index, reason, startMs, firsts }: Segment): Bytes {
    const { applicationId, sdkVersion, privacyLevel, policyVersion } = this.#host.setup;
    const values = [PROTOCOL_VERSION, id, applicationId, bytesOf(view.sessionId), bytesOf(view.viewId), index, reason, startMs, ...firsts, sdkVersion, privacyLevel, policyVersion];
    return openHead(values);
  }
}

const PROTOCOL_VERSION = 1;
const NOTHING: Bytes = new Uint8Array();
