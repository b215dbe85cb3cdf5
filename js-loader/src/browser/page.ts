/** The page itself: facts for the engine, and its life cycle. */
import type { Setup } from '../core.ts';
import type { Fence } from '../fence.ts';
import type { CheckedOptions } from '../types.ts';
import { listen, type Undo } from './listen.ts';
import { activationStart, firstHidden } from './performance.ts';
import { readSession } from './storage.ts';

/** What the engine knows when it starts. */
export function setup(options: CheckedOptions): Setup {
  return {
    ...options,
    // Taken once: `performance.timeOrigin` drifts from the wall clock while a machine sleeps.
    timeOriginMs: Date.now() - performance.now(),
    url: location.href,
    referrer: document.referrer,
    activationStart: activationStart(),
    firstHidden: firstHidden(),
    storedSession: readSession(),
    viewportWidth: innerWidth,
    viewportHeight: innerHeight,
    locale: navigator.language,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

/** What can happen to a page. */
export interface LifeCycle {
  loaded(): void;
  hidden(at: number): void;
  left(at: number): void;
  restored(at: number): void;
  /** Two frames after a restore: what the first one drew is on the screen. */
  restoredPaint(): void;
}

/** Watches the life of the page. In Chromium `pagehide` comes before the last `visibilitychange`. */
export function watchLifeCycle(fence: Fence, on: LifeCycle): Undo {
  const undo = [
    listen(document, ['visibilitychange'], fence, (event) => {
      if (document.visibilityState === 'hidden') on.hidden(event.timeStamp);
    }),
    listen(window, ['pagehide'], fence, (event) => on.left(event.timeStamp)),
    listen<PageTransitionEvent>(window, ['pageshow'], fence, (event) => {
      if (!event.persisted) return;
      on.restored(event.timeStamp);
      const painted = fence(() => on.restoredPaint());
      requestAnimationFrame(() => requestAnimationFrame(painted));
    }),
    // The event itself only: `load` events of images do not bubble but are captured.
    listen(window, ['load'], fence, (event) => {
      if (event.target === document) on.loaded();
    }),
  ];
  if (document.readyState === 'complete') on.loaded();
  return () => undo.forEach((one) => one());
}
