/** Performance entries as numbers. */
import type { CreateAdapter, Undo } from '../adapter.ts';
import { SignalKind, type Emit } from '../core.ts';
import { us, type Field } from '../encode.ts';
import { ViewEvent } from '../fields.ts';

/** The fields of layout shifts and event timings that TypeScript's DOM library lacks. */
type Entry = PerformanceEntry & { value: number; hadRecentInput: boolean; interactionId?: number };

/**
 * Event entries shorter than this (ms) are not worth a callback; an interaction that stays below it everywhere
 * is reported by its `first-input` entry. The figure is that of web-vitals.
 */
const MIN_EVENT_DURATION_MS = 40;

const OBSERVED: [string[], (entry: Entry, emit: Emit) => void][] = [
  [
    ['paint'],
    (entry, emit) => {
      if (entry.name === 'first-contentful-paint') emit(SignalKind.FirstContentfulPaint, entry.startTime);
    },
  ],
  [['largest-contentful-paint'], (entry, emit) => emit(SignalKind.LargestContentfulPaint, entry.startTime)],
  [
    ['layout-shift'],
    (entry, emit) => {
      if (!entry.hadRecentInput) emit(SignalKind.LayoutShift, entry.startTime, [entry.value]);
    },
  ],
  [
    ['event', 'first-input'],
    (entry, emit) => {
      if (entry.interactionId) emit(SignalKind.EventTiming, entry.startTime, [entry.interactionId, entry.duration]);
    },
  ],
];

/** Observes; entries from before the core was there come too (`buffered`). */
export const watchPerformance: CreateAdapter = ({ emit, fence }) => {
  const drains: Undo[] = [];
  const observers: PerformanceObserver[] = [];
  for (const [types, read] of OBSERVED) {
    const take = (entries: PerformanceEntryList): void => {
      for (const entry of entries) read(entry as Entry, emit);
      if (types.length > 1) countInteractions(emit);
    };
    const observer = new PerformanceObserver(fence((list: PerformanceObserverEntryList) => take(list.getEntries())));
    for (const type of types) {
      // An unknown type is ignored by browsers, but not in silence.
      if (PerformanceObserver.supportedEntryTypes?.includes(type)) {
        observer.observe({ type, buffered: true, durationThreshold: MIN_EVENT_DURATION_MS } as PerformanceObserverInit);
      }
    }
    observers.push(observer);
    drains.push(() => take(observer.takeRecords()));
  }
  return {
    drain() {
      drains.forEach((drain) => drain());
      countInteractions(emit);
    },
    stop: () => observers.forEach((observer) => observer.disconnect()),
  };
};

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
