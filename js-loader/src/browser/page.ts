/** The page itself: facts for the engine, and its life cycle. */
import type { Page, Undo } from '../adapter.ts';
import { SignalKind, type Setup } from '../core.ts';
import { share, short, type Field } from '../encode.ts';
import { Context } from '../fields.ts';
import { toText } from '../host-value.ts';
import type { CheckedOptions, Requests } from '../types.ts';
import { listen } from './listen.ts';
import { activationStart, firstHidden, interactionCount, responseStart } from './performance.ts';
import { cookie, type Keeper } from './session.ts';

/** What the engine knows when it starts. */
export function setup(options: CheckedOptions, keeper: Keeper, requests: Requests): Setup {
  const stored = keeper.session();
  return {
    texts: [location.href, document.referrer, stored, requests.useSession(stored)],
    context: [
      [Context.applicationId, short(options.applicationId)],
      [Context.service, short(options.service)],
      [Context.env, short(options.env)],
      [Context.version, short(options.version)],
      [Context.sessionSampleRate, share(options.sessionSampleRate)],
      [Context.traceSampleRate, options.allowedTracingUrls.length ? share(options.traceSampleRate) : undefined],
      [Context.viewport, [innerWidth, innerHeight]],
      [Context.locale, short(navigator.language)],
      [Context.timeZone, Intl.DateTimeFormat().resolvedOptions().timeZone],
      // Of replay, which is not there yet.
      [Context.sessionReplaySampleRate, share(0)],
      [Context.anonymousId, keeper.visitorId()],
      [Context.tabId, keeper.tabId()],
      [Context.effectiveType, (navigator as { connection?: { effectiveType?: string } }).connection?.effectiveType],
      [Context.locales, navigator.languages?.map((locale) => short(locale)!)],
      [Context.devicePixelRatio, share(devicePixelRatio)],
      ...testRun(),
    ],
    // Taken once: `performance.timeOrigin` drifts from the wall clock while a machine sleeps.
    timeOriginMs: Date.now() - performance.now(),
    activationStart: activationStart(),
    firstHidden: firstHidden(),
    sessionSampleRate: options.sessionSampleRate,
    onErrorSampleRate: options.sessionOnErrorSampleRate,
  };
}

/** Whether a test drives the page, and which: the variables and cookies that Datadog's own test runners set. */
function testRun(): Field[] {
  const of = (name: string): string | undefined =>
    short(toText((window as unknown as Record<string, unknown>)[`_DATADOG_SYNTHETICS_${name.toUpperCase()}`] ?? '')) ||
    cookie(`datadog-synthetics-${name.replace('_', '-')}`);
  const test = of('public_id');
  const run = cookie('datadog-ci-visibility-test-execution-id');
  return [
    [Context.sessionType, test ? 'synthetics' : run ? 'ci_test' : undefined],
    [Context.testId, test || run || undefined],
    [Context.testResultId, of('result_id') || undefined],
  ];
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
