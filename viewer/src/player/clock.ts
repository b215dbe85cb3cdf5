/** Where the player is in time. Pure: the time of day is an argument. */

export const MIN_SPEED = 0.5;
export const MAX_SPEED = 16;

/** A stretch in which nobody did anything. */
export interface Inactivity {
  readonly startMs: number;
  readonly endMs: number;
}

export class Clock {
  #positionMs: number;
  #startedMs: number | null = null;
  #speed = 1;
  readonly #endMs: number;

  constructor(startMs: number, endMs: number) {
    this.#positionMs = startMs;
    this.#endMs = endMs;
  }

  get isPlaying(): boolean {
    return this.#startedMs !== null;
  }

  get speed(): number {
    return this.#speed;
  }

  position(nowMs: number): number {
    if (this.#startedMs === null) return this.#positionMs;
    return Math.min(this.#endMs, this.#positionMs + Math.max(0, nowMs - this.#startedMs) * this.#speed);
  }

  play(nowMs: number): void {
    this.#startedMs ??= nowMs;
  }

  pause(nowMs: number): void {
    this.#positionMs = this.position(nowMs);
    this.#startedMs = null;
  }

  seek(positionMs: number, nowMs: number): void {
    this.#positionMs = positionMs;
    if (this.#startedMs !== null) this.#startedMs = nowMs;
  }

  setSpeed(speed: number, nowMs: number): void {
    this.seek(this.position(nowMs), nowMs);
    this.#speed = Number.isFinite(speed) ? Math.max(MIN_SPEED, Math.min(MAX_SPEED, speed)) : 1;
  }
}

/** Stretches longer than a threshold between moments of activity, and before the first and after the last. */
export function inactivities(activityMs: readonly number[], startMs: number, endMs: number, thresholdMs: number): Inactivity[] {
  const found: Inactivity[] = [];
  let lastMs = startMs;
  for (const atMs of [...activityMs, endMs]) {
    if (atMs - lastMs > thresholdMs) found.push({ startMs: lastMs, endMs: atMs });
    lastMs = Math.max(lastMs, atMs);
  }
  return found;
}

/** Where to go on: the end of a stretch in which nothing happens, once its first second was seen; or nowhere else. */
export function skipTarget(stretches: readonly Inactivity[], positionMs: number): number | undefined {
  const inside = stretches.find(({ startMs, endMs }) => positionMs >= startMs + SEEN_BEFORE_MS && positionMs < endMs - SEEN_AFTER_MS);
  return inside && inside.endMs - SEEN_AFTER_MS;
}

/** What is still shown of a stretch without activity: enough to see that it begins, and what it ends with. */
const SEEN_BEFORE_MS = 1_000;
const SEEN_AFTER_MS = 500;
