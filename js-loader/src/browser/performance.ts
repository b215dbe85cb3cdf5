/** What the browser measured of the page. */
import type { Adapter } from '../adapter.ts';
import { SignalKind, type Emit } from '../core.ts';
import { us, type Field } from '../encode.ts';
import type { Fence } from '../fence.ts';
import { ViewEvent } from '../fields.ts';

/**
 * Event entries shorter than this (ms) are not worth a callback; an interaction that stays below it everywhere
 * is reported by its `first-input` entry. The figure is that of web-vitals.
 */
const MIN_EVENT_DURATION_MS = 40;

/** Observes entries of some types; those from before the core was there come too (`buffered`). */
export function observe<Entry>(fence: Fence, types: string[], take: (entries: Entry[]) => void): Required<Pick<Adapter, 'drain' | 'stop'>> {
  // Browsers deliver several types in no order of time.
  const inOrder = (entries: PerformanceEntryList): void => take(entries.sort((one, other) => end(one) - end(other)) as Entry[]);
  const observer = new PerformanceObserver(fence((list: PerformanceObserverEntryList) => inOrder(list.getEntries())));
  // An unknown type is ignored by browsers, but not in silence.
  for (const type of types.filter(isObservable)) {
    observer.observe({ type, buffered: true, durationThreshold: MIN_EVENT_DURATION_MS } as PerformanceObserverInit);
  }
  return { drain: () => inOrder(observer.takeRecords()), stop: () => observer.disconnect() };
}

/** Whether the browser has entries of a type. */
export function isObservable(type: string): boolean {
  return !!PerformanceObserver.supportedEntryTypes?.includes(type);
}

/** When what an entry tells of was over. */
export function end({ startTime, duration }: PerformanceEntry): number {
  return startTime + duration;
}

/** Interactions of the page so far; 0 where the browser does not count them. */
export function interactionCount(): number {
  return (performance as { interactionCount?: number }).interactionCount ?? 0;
}

/** Tells how many interactions there were: those below the threshold are counted and never reported. */
export function countInteractions(emit: Emit): void {
  emit(SignalKind.InteractionCount, performance.now(), [interactionCount()]);
}

function navigationEntry(): (PerformanceNavigationTiming & { activationStart?: number }) | undefined {
  return performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming | undefined;
}

/** When a prerendered page was shown, else 0. */
export function activationStart(): number {
  return navigationEntry()?.activationStart ?? 0;
}

/** When the load event ended, and fields of the view of the document load; nothing before that. */
export function documentTimings(): [at: number, facts: Field[]] | undefined {
  const entry = navigationEntry();
  if (!entry?.loadEventEnd) return undefined;
  const after = (at: number): number | undefined => us(at && Math.max(0, at - activationStart()));
  return [
    entry.loadEventEnd,
    [
      [ViewEvent.domInteractiveUs, after(entry.domInteractive)],
      [ViewEvent.domContentLoadedUs, after(entry.domContentLoadedEventEnd)],
      [ViewEvent.domCompleteUs, after(entry.domComplete)],
      [ViewEvent.loadEventUs, after(entry.loadEventEnd)],
    ],
  ];
}

/**
 * When the first byte of the document came. Browsers report 0, or a time to come, for reasons of privacy or by
 * mistake: then there is none (0).
 */
export function responseStart(): number {
  const start = navigationEntry()?.responseStart ?? 0;
  return start < performance.now() ? start : 0;
}

/** When the page was first hidden since it was shown; Infinity if it never was. */
export function firstHidden(): number {
  const start = activationStart();
  const entry = performance
    .getEntriesByType('visibility-state')
    .find(({ name, startTime }) => name === 'hidden' && startTime >= start);
  return entry?.startTime ?? (document.visibilityState === 'hidden' ? 0 : Infinity);
}
