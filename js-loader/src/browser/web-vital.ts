/** Web vitals: performance entries as numbers, and what they are due to, as web-vitals' attribution build tells it. */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind, type Emit } from '../core.ts';
import { us } from '../encode.ts';
import { ClsAttribution, FirstInputDelay, InpAttribution, LcpAttribution } from '../fields.ts';
import { activationStart, countInteractions, end, isObservable, observe, responseStart } from './performance.ts';
import { selectorOf } from './selector.ts';

/** All that is read of the entries; TypeScript's DOM library lacks most. */
export interface Entry extends PerformanceEntry {
  // largest-contentful-paint; of soft navigations, within or instead of the entry, by the age of the browser
  renderTime: number;
  url: string;
  element: Element | null;
  largestContentfulPaint?: Entry;
  // soft-navigation
  presentationTime?: number;
  paintTime?: number;
  getLargestInteractionContentfulPaint?(): Entry | null;
  largestInteractionContentfulPaint?: Entry | null;
  // layout-shift
  value: number;
  hadRecentInput: boolean;
  sources?: { node: Node | null; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly }[];
  // event, first-input, and what follows from an interaction
  interactionId?: number;
  processingStart: number;
  processingEnd: number;
  target: Element | null;
}

type Take = (entries: Entry[], emit: Emit) => void;

/** Events whose paints are within the rounding of their durations (8 ms) were drawn together. */
const SAME_PAINT_MS = 8;
/** Frames back that an entry may belong to: Chromium holds the first event of an interaction until it knows its id. */
const MAX_FRAMES = 10;

const takePaints: Take = (entries, emit) => {
  for (const entry of entries) {
    if (entry.entryType !== 'soft-navigation') {
      tellPaint(entry, emit);
      continue;
    }
    emit(SignalKind.SoftNavigation, entry.presentationTime || entry.paintTime!, [entry.interactionId, entry.startTime]);
    // What was painted until now came before this entry, when nobody knew yet what it was part of.
    const paint = entry.getLargestInteractionContentfulPaint?.() ?? entry.largestInteractionContentfulPaint;
    if (paint) tellPaint(paint, emit);
  }
};

function tellPaint(entry: Entry, emit: Emit): void {
  const { interactionId, startTime, largestContentfulPaint: paint = entry } = entry;
  const at = interactionId ? paint.renderTime : startTime;
  // The last request for it before it was painted; without `Timing-Allow-Origin` only its start is known.
  const asked = (resource: PerformanceResourceTiming): number => resource.requestStart || resource.startTime;
  const resource = (performance.getEntriesByName(paint.url, 'resource') as PerformanceResourceTiming[])
    .filter((one) => asked(one) <= at)
    .pop();
  // After an interaction nobody waits for the first byte. A video goes on loading after its paint.
  const firstByte = interactionId ? startTime : Math.max(activationStart(), responseStart());
  const painted = Math.max(at, firstByte);
  const requested = resource ? Math.max(firstByte, asked(resource)) : firstByte;
  const loaded = Math.min(painted, Math.max(requested, resource?.responseEnd ?? 0));
  emit(SignalKind.LargestContentfulPaint, at, [interactionId], [paint.url], [
    [LcpAttribution.selector, selectorOf(paint.element)],
    [LcpAttribution.loadDelayUs, us(requested - firstByte)],
    [LcpAttribution.loadTimeUs, us(loaded - requested)],
    [LcpAttribution.renderDelayUs, us(painted - loaded)],
  ]);
}

const takeShifts: Take = (entries, emit) => {
  for (const { startTime, value, hadRecentInput, sources = [] } of entries) {
    if (hadRecentInput) continue;
    const source = sources.find(({ node }) => node instanceof Element) ?? sources[0];
    const node = source?.node;
    emit(SignalKind.LayoutShift, startTime, [value], [], source && [
      [ClsAttribution.selector, selectorOf(node instanceof Element ? node : node?.parentElement)],
      [ClsAttribution.previousRect, box(source.previousRect)],
      [ClsAttribution.currentRect, box(source.currentRect)],
    ]);
  }
};

const box = ({ x, y, width, height }: DOMRectReadOnly): number[] => [x, y, width, height];

/** Takes event entries. What other events took of the frame, their interaction waited for. */
export function createTakeEvents(): Take {
  let frames: [painted: number, from: number, to: number][] = [];
  const frameOf = (entry: Entry) => frames.find(([painted]) => Math.abs(painted - end(entry)) <= SAME_PAINT_MS);
  // The target an interaction began with: by its end the element may be gone.
  let current: number | undefined;
  let selector: string | undefined;

  return (entries, emit) => {
    for (const entry of entries) {
      const { processingStart, processingEnd } = entry;
      const frame = frameOf(entry);
      if (!frame) {
        frames.unshift([end(entry), processingStart, processingEnd]);
      } else {
        frame[1] = Math.min(frame[1], processingStart);
        frame[2] = Math.max(frame[2], processingEnd);
      }
    }
    for (const entry of entries) {
      const { entryType, name, startTime, duration, interactionId, processingStart, target } = entry;
      if (!interactionId) continue;
      if (interactionId !== current) selector = undefined;
      current = interactionId;
      selector ??= selectorOf(target);
      if (entryType !== 'event') {
        emit(SignalKind.FirstInput, startTime, [], [], [
          [FirstInputDelay.durationUs, us(processingStart - startTime)],
          [FirstInputDelay.selector, selector],
        ]);
      }
      const [, first, last] = frameOf(entry)!;
      // Handlers of earlier input are no negative delay; what runs on after the paint (an `alert`) is not waited for.
      const from = Math.max(first, startTime);
      const painted = Math.max(from, end(entry));
      const to = Math.min(last, painted);
      emit(SignalKind.EventTiming, startTime, [interactionId, duration], [], [
        [InpAttribution.selector, selector],
        [InpAttribution.eventType, name],
        [InpAttribution.inputDelayUs, us(from - startTime)],
        [InpAttribution.processingUs, us(to - from)],
        [InpAttribution.presentationDelayUs, us(painted - to)],
      ]);
    }
    frames = frames.slice(0, MAX_FRAMES);
    countInteractions(emit);
  };
}

const takeFirstPaint: Take = (entries, emit) => {
  for (const { name, startTime } of entries) {
    if (name === 'first-contentful-paint') emit(SignalKind.FirstContentfulPaint, startTime);
  }
};

/** Observes them all. */
export const watchWebVitals: CreateAdapter = ({ emit, fence }) => {
  emit(SignalKind.Unobservable, 0, [+!isObservable('layout-shift'), +!isObservable('largest-contentful-paint')]);
  const observed: [types: string[], take: Take][] = [
    [['paint'], takeFirstPaint],
    [['largest-contentful-paint', 'interaction-contentful-paint', 'soft-navigation'], takePaints],
    [['layout-shift'], takeShifts],
    [['event', 'first-input'], createTakeEvents()],
  ];
  const observers = observed.map(([types, take]) => observe<Entry>(fence, types, (entries) => take(entries, emit)));
  return {
    drain: () => observers.forEach(({ drain }) => drain()),
    stop: () => observers.forEach(({ stop }) => stop()),
  };
};
