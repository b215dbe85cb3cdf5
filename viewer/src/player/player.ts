/**
 * Plays recordings of sessions.
 *
 * ```ts
 * const player = createPlayer(element, { onTime: (ms) => …, onState: (state) => … })
 * player.load(segments)   // segment JSON as Datadog's SDK sends it, in any order
 * player.play()
 * ```
 *
 * Whatever a segment holds, no method throws for it: what cannot be read or shown is left out and counted (`stats`).
 */
import { Clock, inactivities, skipTarget, type Inactivity } from './clock.ts';
import { Course, type Follower } from './course.ts';
import type { Operation } from './operation.ts';
import { readRecording, type Gap, type RecordedView, type Recording } from './recording.ts';
import type { Renderer } from './renderer.ts';
import { exportRrweb, type RrwebEvent } from './rrweb.ts';
import { Stage } from './stage.ts';

export type PlayerState = 'empty' | 'paused' | 'playing' | 'ended';

export type MarkerKind = 'error' | 'action' | 'frustration' | 'view' | 'gap';

/** Something on the timeline, ms from the beginning. */
export interface Marker {
  readonly atMs: number;
  readonly kind: MarkerKind;
  readonly text: string;
}

export interface PlayerOptions {
  /** Where the player is, ms from the beginning; at most once a frame. */
  readonly onTime?: (positionMs: number) => void;
  readonly onState?: (state: PlayerState) => void;
  /** A stretch without activity longer than this is skipped, if stretches are (default 5 s). */
  readonly inactivityMs?: number;
}

export interface Stats {
  /** Records and parts of records that could not be read, and operations that could not be applied so far. */
  readonly skipped: number;
  readonly entries: number;
  readonly gaps: readonly Gap[];
}

export interface Player {
  readonly state: PlayerState;
  readonly durationMs: number;
  /** Time of day of the beginning, ms since the epoch. */
  readonly startMs: number;
  readonly positionMs: number;
  readonly speed: number;
  readonly views: readonly RecordedView[];
  readonly stats: Stats;
  /** Stretches without activity, ms since the epoch. */
  readonly inactivities: readonly Inactivity[];
  load(segments: unknown): void;
  play(): void;
  pause(): void;
  seek(positionMs: number): void;
  setSpeed(speed: number): void;
  skipInactivity(skips: boolean): void;
  /** What recording and application say, in order of time. */
  markers(): readonly Marker[];
  /** Adds markers of elsewhere; `atMs` of these is a time of day. */
  addMarkers(markers: readonly Marker[]): void;
  /** The frame's document at a position. */
  documentAt(positionMs: number): Document | null;
  exportRrweb(): RrwebEvent[];
  destroy(): void;
}

const DEFAULT_INACTIVITY_MS = 5_000;

export function createPlayer(container: HTMLElement, options: PlayerOptions = {}): Player {
  return new StagedPlayer(container, options);
}

const EMPTY: Recording = { startMs: 0, endMs: 0, entries: [], views: [], gaps: [], skipped: 0, tellsDefined: false };

class StagedPlayer implements Player {
  readonly #options: PlayerOptions;
  readonly #stage: Stage;
  #recording = EMPTY;
  #course = new Course([]);
  #clock = new Clock(0, 0);
  #renderer: Renderer | null = null;
  #inactivities: readonly Inactivity[] = [];
  #markers: Marker[] = [];
  #state: PlayerState = 'empty';
  #skips = false;
  #frame = 0;
  /** What could not be shown although the model took it. */
  #unshown = 0;

  constructor(container: HTMLElement, options: PlayerOptions) {
    this.#options = options;
    this.#stage = new Stage(container);
  }

  get state(): PlayerState {
    return this.#state;
  }

  get durationMs(): number {
    return this.#recording.endMs - this.#recording.startMs;
  }

  get startMs(): number {
    return this.#recording.startMs;
  }

  get positionMs(): number {
    return this.#clock.position(performance.now()) - this.#recording.startMs;
  }

  get speed(): number {
    return this.#clock.speed;
  }

  get views(): readonly RecordedView[] {
    return this.#recording.views;
  }

  get inactivities(): readonly Inactivity[] {
    return this.#inactivities;
  }

  get stats(): Stats {
    const { skipped, entries, gaps } = this.#recording;
    return { skipped: skipped + this.#course.refused + this.#unshown, entries: entries.length, gaps };
  }

  load(segments: unknown): void {
    this.#stop();
    const recording = readRecording(segments);
    const { startMs, endMs, entries } = recording;
    this.#recording = recording;
    this.#course = new Course(entries);
    const { speed } = this.#clock;
    this.#clock = new Clock(startMs, endMs);
    this.#clock.setSpeed(speed, performance.now());
    const activityMs = entries.filter(({ isActivity }) => isActivity).map(({ atMs }) => atMs);
    this.#inactivities = inactivities(activityMs, startMs, endMs, this.#options.inactivityMs ?? DEFAULT_INACTIVITY_MS);
    this.#markers = markersIn(recording);
    this.#unshown = 0;
    this.#setState(entries.length === 0 ? 'empty' : 'paused');
    this.seek(0);
  }

  play(): void {
    if (this.#state === 'empty' || this.#state === 'playing') return;
    if (this.#state === 'ended') this.seek(0);
    this.#clock.play(performance.now());
    this.#setState('playing');
    this.#frame = requestAnimationFrame(() => this.#tick());
  }

  pause(): void {
    if (this.#state !== 'playing') return;
    this.#stop();
    this.#setState('paused');
  }

  seek(positionMs: number): void {
    const { startMs, endMs } = this.#recording;
    const wanted = Number.isFinite(positionMs) ? startMs + positionMs : startMs;
    const target = Math.max(startMs, Math.min(endMs, wanted));
    this.#clock.seek(target, performance.now());
    if (this.#state === 'ended') this.#setState('paused');
    this.#stage.clearTraces();
    this.#goTo(target);
    this.#options.onTime?.(target - startMs);
  }

  setSpeed(speed: number): void {
    this.#clock.setSpeed(speed, performance.now());
  }

  skipInactivity(skips: boolean): void {
    this.#skips = skips;
  }

  markers(): readonly Marker[] {
    return this.#markers;
  }

  addMarkers(markers: readonly Marker[]): void {
    const { startMs } = this.#recording;
    const added = markers.map((marker) => ({ ...marker, atMs: Math.max(0, Math.min(this.durationMs, marker.atMs - startMs)) }));
    this.#markers = [...this.#markers, ...added].sort((one, other) => one.atMs - other.atMs);
  }

  documentAt(positionMs: number): Document | null {
    this.seek(positionMs);
    return this.#renderer?.document ?? null;
  }

  exportRrweb(): RrwebEvent[] {
    return exportRrweb(this.#recording);
  }

  destroy(): void {
    this.#stop();
    this.#stage.destroy();
    this.#recording = EMPTY;
    this.#course = new Course([]);
    this.#renderer = null;
    this.#setState('empty');
  }

  #tick(): void {
    if (this.#state !== 'playing') return;
    const nowMs = performance.now();
    let positionMs = this.#clock.position(nowMs);
    const target = this.#skips ? skipTarget(this.#inactivities, positionMs) : undefined;
    if (target !== undefined) {
      this.#clock.seek(target, nowMs);
      positionMs = target;
    }
    this.#goTo(positionMs);
    this.#options.onTime?.(positionMs - this.#recording.startMs);
    if (positionMs >= this.#recording.endMs) {
      this.#stop();
      this.#setState('ended');
    } else this.#frame = requestAnimationFrame(() => this.#tick());
  }

  #goTo(positionMs: number): void {
    const count = this.#course.countAt(positionMs);
    let isNew = this.#renderer === null;
    if (!isNew && count === this.#course.applied) return this.#shown(() => this.#renderer?.follow(positionMs));
    if (this.#course.isJump(count)) {
      this.#course.jump(count);
      isNew = true;
    } else {
      this.#course.advance(count, this.#follower(() => {
        isNew = true;
      }));
    }
    isNew ||= this.#renderer?.isOutdated ?? true;
    // A picture that could not be made is made anew the next time.
    if (isNew) this.#renderer = null;
    this.#shown(() => {
      if (isNew) this.#renderer = this.#stage.show(this.#course.model, this.#recording.tellsDefined);
      else this.#renderer?.settle();
      this.#renderer?.follow(positionMs);
    });
    this.#stage.follow(this.#course.model.around);
  }

  #follower(renew: () => void): Follower {
    let isOutdated = this.#renderer === null;
    return {
      before: (operation) => {
        const node = operation.op === 'remove' ? this.#course.model.nodes.get(operation.id) : undefined;
        if (node && !isOutdated) this.#shown(() => this.#renderer?.remove(node));
      },
      after: (operation: Operation) => {
        if (!isOutdated && this.#renderer?.isOutdatedBy(operation)) {
          isOutdated = true;
          renew();
        }
        if (!isOutdated) this.#shown(() => this.#renderer?.apply(operation));
        this.#stage.happened(operation);
      },
    };
  }

  /** Browsers differ in what they refuse; what one does is missing from the picture and nothing else. */
  #shown(show: () => void): void {
    try {
      show();
    } catch {
      this.#unshown += 1;
    }
  }

  #stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#clock.pause(performance.now());
  }

  #setState(state: PlayerState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}

/** What the recording itself says: views, frustrations, and where something is missing. */
function markersIn({ startMs, entries, views, gaps }: Recording): Marker[] {
  const markers: Marker[] = [
    ...views.map((view): Marker => ({ atMs: view.startMs - startMs, kind: 'view', text: view.href || 'view' })),
    ...gaps.map((gap): Marker => ({ atMs: gap.startMs - startMs, kind: 'gap', text: 'part of the recording is missing' })),
  ];
  for (const { atMs, operations } of entries) {
    for (const operation of operations) {
      if (operation.op === 'frustration') markers.push({ atMs: atMs - startMs, kind: 'frustration', text: operation.kinds.join(', ').replaceAll('_', ' ') });
    }
  }
  return markers.sort((one, other) => one.atMs - other.atMs);
}
