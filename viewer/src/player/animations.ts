/**
 * Animations and transitions of the recorded styles go by the time of the recording: they stop and hurry with it, and after a
 * jump are where they would be by then. Those inside shadow trees, of scroll positions and of SVG are the browser's own affair.
 */
import { animationsOf, timelineOf } from './dom.ts';
import { MAX_ANIMATIONS } from './limits.ts';

export class Animations {
  /** With the time at which each began, ms since the epoch. */
  readonly #begun = new Map<Animation, number>();

  /** Sets all of some documents to a time; `beganAt` answers for one that is new, if it did not begin just now. */
  follow(documents: Iterable<Document>, atMs: number, beganAt: (target: Element) => number | undefined): void {
    for (const document of documents) {
      for (const animation of animationsOf(document)) {
        if (this.#begun.has(animation) || this.#begun.size >= MAX_ANIMATIONS || animation.timeline !== timelineOf(document)) continue;
        // Rather than paused: whether it is, stays for the page's styles to say.
        animation.playbackRate = 0;
        const target = (animation.effect as KeyframeEffect | null)?.target;
        this.#begun.set(animation, (target && beganAt(target)) ?? atMs);
      }
    }
    for (const [animation, begunMs] of this.#begun) set(this.#begun, animation, atMs - begunMs, atMs);
  }
}

function set(begun: Map<Animation, number>, animation: Animation, timeMs: number, atMs: number): void {
  // Its element or its style is gone; a time would bring it back.
  if (animation.playState === 'idle') begun.delete(animation);
  else if (animation.playState === 'paused') begun.set(animation, atMs - Number(animation.currentTime ?? 0));
  else animation.currentTime = timeMs;
}
