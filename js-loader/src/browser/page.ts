/** The page itself: facts for the engine, and its life cycle. */
import type { Setup } from '../core.ts';
import { share, short } from '../encode.ts';
import type { Fence } from '../fence.ts';
import { Context } from '../fields.ts';
import type { CheckedOptions } from '../types.ts';
import { listen, type Undo } from './listen.ts';
import { activationStart, firstHidden } from './performance.ts';
import { readSession } from './storage.ts';

/** What the engine knows when it starts. */
export function setup(options: CheckedOptions): Setup {
  return {
    texts: [location.href, document.referrer, readSession()],
    context: [
      [Context.applicationId, short(options.applicationId)],
      [Context.service, short(options.service)],
      [Context.env, short(options.env)],
      [Context.version, short(options.version)],
      [Context.sessionSampleRate, share(options.sessionSampleRate)],
      [Context.viewport, [innerWidth, innerHeight]],
      [Context.locale, short(navigator.language)],
      [Context.timeZone, Intl.DateTimeFormat().resolvedOptions().timeZone],
    ],
    // Taken once: `performance.timeOrigin` drifts from the wall clock while a machine sleeps.
    timeOriginMs: Date.now() - performance.now(),
    activationStart: activationStart(),
    firstHidden: firstHidden(),
    sessionSampleRate: options.sessionSampleRate,
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
