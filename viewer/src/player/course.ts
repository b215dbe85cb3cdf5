/**
 * The model on its way through a recording. Going back, or far ahead, begins at the nearest keyframe: a snapshot the
 * recording holds, or a copy made on the way.
 */
import { DocumentModel } from './document-model.ts';
import { MAX_KEYFRAME_NODES } from './limits.ts';
import type { Operation } from './operation.ts';
import type { Entry } from './recording.ts';
import { emptySurroundings, isOfWindow, surround, surroundingsAfter, type Surroundings } from './surroundings.ts';

/** A copy costs as much as adding its nodes; one is made when twice that, and no less than this, has been applied since. */
const MIN_KEYFRAME_OPERATIONS = 2_000;

/** More entries than this at once are not applied one by one to what is shown. */
const MAX_ENTRIES_AT_ONCE = 500;

interface Keyframe {
  /** Entries that were applied before. */
  readonly applied: number;
  readonly model: DocumentModel;
}

interface Snapshot {
  readonly index: number;
  /** Of the window, before it; a snapshot tells nothing of that. */
  readonly around: Surroundings;
}

/** Is told of each operation: before a node is removed, and after anything else was applied. */
export interface Follower {
  before(operation: Operation): void;
  after(operation: Operation): void;
}

export class Course {
  readonly #entries: readonly Entry[];
  readonly #snapshots: readonly Snapshot[];
  #model = new DocumentModel();
  #applied = 0;
  #keyframes: Keyframe[] = [];
  #sinceKeyframe = 0;
  /** Entries up to here were applied once; those beyond for the first time count what cannot be. */
  #furthest = 0;
  #refused = 0;

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
    this.#snapshots = snapshotsIn(entries);
  }

  get model(): DocumentModel {
    return this.#model;
  }

  /** Entries that are applied. */
  get applied(): number {
    return this.#applied;
  }

  /** Operations that could not be applied, each once. */
  get refused(): number {
    return this.#refused;
  }

  /** The number of entries up to a time. */
  countAt(positionMs: number): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle] as Entry).atMs <= positionMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether the document at a number of entries is better shown anew than by changing what is shown. */
  isJump(count: number): boolean {
    if (count < this.#applied || count - this.#applied > MAX_ENTRIES_AT_ONCE) return true;
    return (this.#snapshotBefore(count) ?? -1) >= this.#applied;
  }

  /** Applies the entries up to a number, one after another from here; a follower hears of each operation. */
  advance(count: number, follower?: Follower): void {
    for (; this.#applied < count; this.#applied += 1) {
      const entry = this.#entries[this.#applied] as Entry;
      this.#model.nowMs = entry.atMs;
      for (const operation of entry.operations) {
        follower?.before(operation);
        const isDone = this.#model.apply(operation);
        if (isDone) follower?.after(operation);
        else if (this.#applied >= this.#furthest) this.#refused += 1;
      }
      this.#sinceKeyframe += entry.operations.length;
      this.#furthest = Math.max(this.#furthest, this.#applied + 1);
      this.#keep();
    }
  }

  /** Goes to a number of entries by the shortest way; what follows the model has to look at it anew. */
  jump(count: number): void {
    const snapshot = this.#snapshotBefore(count) ?? 0;
    const keyframe = this.#keyframes.findLast(({ applied }) => applied <= count && applied > snapshot);
    const start = keyframe?.applied ?? snapshot;
    if (count < this.#applied || start > this.#applied) {
      this.#model = keyframe ? keyframe.model.clone() : this.#before(snapshot);
      this.#applied = start;
      this.#sinceKeyframe = 0;
    }
    this.advance(count);
  }

  #snapshotBefore(count: number): number | undefined {
    return this.#snapshots.findLast(({ index }) => index < count)?.index;
  }

  /** Nothing, in the window as it was when a snapshot was taken. */
  #before(snapshot: number): DocumentModel {
    const model = new DocumentModel();
    const around = this.#snapshots.find(({ index }) => index === snapshot)?.around;
    if (around) model.around = { ...around };
    return model;
  }

  #keep(): void {
    const nodes = this.#model.nodes.size;
    if (this.#sinceKeyframe < Math.max(MIN_KEYFRAME_OPERATIONS, 2 * nodes)) return;
    this.#sinceKeyframe = 0;
    const applied = this.#applied + 1;
    if (this.#keyframes.some((keyframe) => keyframe.applied === applied)) return;
    this.#keyframes.push({ applied, model: this.#model.clone() });
    this.#keyframes.sort((one, other) => one.applied - other.applied);
    const kept = (): number => this.#keyframes.reduce((sum, { model }) => sum + model.nodes.size, 0);
    // Every second one goes: the rest is twice as far apart, over the whole recording.
    while (kept() > MAX_KEYFRAME_NODES && this.#keyframes.length > 1) this.#keyframes = this.#keyframes.filter((_, index) => index % 2 === 0);
  }
}

function snapshotsIn(entries: readonly Entry[]): Snapshot[] {
  let around = emptySurroundings();
  const snapshots: Snapshot[] = [];
  entries.forEach(({ isSnapshot, operations }, index) => {
    if (isSnapshot) snapshots.push({ index, around: { ...around } });
    for (const operation of operations) {
      if (operation.op === 'reset') around = surroundingsAfter(around);
      else if (isOfWindow(operation)) surround(around, operation);
    }
  });
  return snapshots;
}
