/** Views as the application describes them, and when their document was loaded. */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { short, us } from '../encode.ts';
import { ViewEvent } from '../fields.ts';
import { toText } from '../host-value.ts';
import type { ViewOptions } from '../types.ts';
import { activationStart, countInteractions, navigationEntry } from './performance.ts';

/** The calls of the public API that are about views, and the timings of the document. */
export const watchViews: CreateAdapter = ({ emit, fence, calls, options }) => {
  let isFirst = options.trackViewsManually;
  const text = (value: unknown): string | undefined => (value === undefined ? value : short(toText(value)));
  const loaded = fence(() => {
    const entry = navigationEntry();
    // Nothing yet: readiness comes before the event, and the event before its end.
    if (!entry?.loadEventEnd) return;
    const after = (at: number): number | undefined => us(at ? Math.max(0, at - activationStart()) : undefined);
    emit(SignalKind.DocumentLoaded, entry.loadEventEnd, [], [], [
      [ViewEvent.domInteractiveUs, after(entry.domInteractive)],
      [ViewEvent.domContentLoadedUs, after(entry.domContentLoadedEventEnd)],
      [ViewEvent.domCompleteUs, after(entry.domComplete)],
      [ViewEvent.loadEventUs, after(entry.loadEventEnd)],
    ]);
  });
  loaded();
  return {
    hears: {
      // The document's only: `load` events of images are captured, too.
      load(event) {
        if (event.target === document) setTimeout(loaded);
      },
    },
    calls: {
      startView(at, view: string | ViewOptions) {
        // An object is a snapshot; any other value may be hostile.
        const { name, service, version, url, context }: ViewOptions =
          Object.prototype.toString.call(view) === '[object Object]' ? (view as ViewOptions) : { name: view as string };
        countInteractions(emit);
        emit(SignalKind.ViewStarted, at, [+isFirst], [toText(url ?? location.href), text(name), text(service), text(version)]);
        isFirst = false;
        if (context) calls.setViewContext?.(at, context);
      },
      setViewName: (at, name) => emit(SignalKind.ViewNamed, at, [], [text(name)]),
      addTiming(at, name, time) {
        const isGiven = typeof time === 'number';
        const isEpoch = isGiven && time > performance.timeOrigin;
        emit(
          SignalKind.Timing,
          isEpoch ? time - performance.timeOrigin : at,
          [isGiven && !isEpoch ? time : -1],
          // Datadog's rule for names.
          [short(toText(name).replace(/[^\w.@$-]/g, '_'))],
        );
      },
      setViewLoadingTime: (at) => emit(SignalKind.ViewLoaded, at),
    },
  };
};
