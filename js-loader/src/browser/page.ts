/** The page itself: facts for the engine, and its life cycle. */
import type { Page, Undo } from '../adapter.ts';
import { SignalKind, type Setup } from '../core.ts';
import { share, short } from '../encode.ts';
import { Context } from '../fields.ts';
import type { Extras } from '../extras.ts';
import type { CheckedOptions, Requests } from '../types.ts';
import { toText } from '../host-value.ts';
import { listen } from './listen.ts';
import { activationStart, firstHidden, interactionCount, responseStart } from './performance.ts';
import { parseSession, type Keeper } from './session.ts';

/** What the engine knows when it starts. */
export function setup(options: CheckedOptions, keeper: Keeper, extras: Extras | undefined, requests: Requests): Setup {
  const stored = keeper.session();
  const id = requests.useSession(stored);
  return {
    texts: [location.href, document.referrer, options.allowedQueryParameters.map(toText).join('&')],
    // An id alone is that of the session to begin.
    storedSession: parseSession(stored.startsWith(id) ? stored : id),
    context: [
      [Context.applicationId, short(options.applicationId)],
      [Context.service, short(options.service)],
      [Context.env, short(options.env)],
      [Context.version, short(options.version)],
      [Context.sessionSampleRate, share(options.sessionSampleRate)],
      [Context.viewport, [innerWidth, innerHeight]],
      [Context.locale, short(navigator.language)],
      [Context.timeZone, Intl.DateTimeFormat().resolvedOptions().timeZone],
      [Context.sessionReplaySampleRate, share(extras?.checked.sessionReplaySampleRate ?? 0)],
      [Context.tabId, keeper.tabId()],
      [Context.effectiveType, (navigator as { connection?: { effectiveType?: string } }).connection?.effectiveType],
      [Context.locales, navigator.languages?.map((locale) => short(locale)!)],
      [Context.devicePixelRatio, share(devicePixelRatio)],
      ...(extras?.context ?? []),
    ],
    // Taken once: `performance.timeOrigin` drifts from the wall clock while a machine sleeps.
    timeOriginMs: Date.now() - performance.now(),
    activationStart: activationStart(),
    firstHidden: firstHidden(),
    sessionSampleRate: options.sessionSampleRate,
    onErrorSampleRate: extras?.onErrorSampleRate ?? 0,
  };
}

/**
 * Watches the life of the page; `drain` is called before it may be gone. In Chromium `pagehide` comes before
 * the last `visibilitychange`.
 */
export function watchLifeCycle({ emit, fence }: Page, drain: Undo): Undo {
  const loaded = (): void => emit(SignalKind.Loaded, 0, [responseStart()]);
  const leave = (kind: SignalKind, event: Event): void => {
    drain();
    emit(kind, event.timeStamp);
  };
  const undo = [
    listen(document, ['visibilitychange'], fence, (event) => {
      if (document.visibilityState === 'hidden') leave(SignalKind.Hidden, event);
    }),
    listen(window, ['pagehide'], fence, (event) => leave(SignalKind.Left, event)),
    listen<PageTransitionEvent>(window, ['pageshow'], fence, (event) => {
      if (!event.persisted) return;
      emit(SignalKind.Restored, event.timeStamp, [interactionCount()]);
      // Two frames later: what the first one drew is on the screen.
      const painted = fence(() => emit(SignalKind.RestoredPaint, performance.now()));
      requestAnimationFrame(() => requestAnimationFrame(painted));
    }),
    // The event itself only: `load` events of images do not bubble but are captured.
    listen(window, ['load'], fence, (event) => {
      if (event.target === document) loaded();
    }),
  ];
  if (document.readyState === 'complete') loaded();
  return () => undo.forEach((one) => one());
}
