/** Views: where they begin and what they are called, by the document's URL or by the application. */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { short, type Field } from '../encode.ts';
import { ViewContext, ViewEvent } from '../fields.ts';
import { toText } from '../host-value.ts';
import type { ViewOptions } from '../types.ts';
import { hashPath, hashRouteName, watchUrl } from './navigation.ts';
import { countInteractions, documentTimings } from './performance.ts';

/** Route changes, the calls of the public API that are about views, and the timings of the document. */
export const watchViews: CreateAdapter = ({ emit, fence, calls, options: { trackViewsManually: isManual } }) => {
  let hash = '';
  let route: string;
  let url: string;
  let labels: Field[];

  /** Tells where a view is and what it is called: a new one, or the view of the moment. */
  const tell = (at: number, isNew: boolean, view: Partial<Record<keyof ViewOptions, unknown>>): void => {
    url = toText(view.url ?? location.href);
    labels = [
      [ViewContext.name, text(view.name)],
      [ViewContext.service, text(view.service)],
      [ViewContext.version, text(view.version)],
    ];
    countInteractions(emit);
    emit(SignalKind.ViewChanged, at, [+isNew], [url], labels);
  };
  const followUrl = (isNew: boolean): void => {
    hash = hashPath(hash);
    const before = route;
    route = location.pathname + hash;
    if (route !== before) tell(performance.now(), isNew, { name: hashRouteName(hash) });
  };
  const loaded = fence(() => {
    const timings = documentTimings();
    if (timings) emit(SignalKind.DocumentLoaded, timings[0], [], [], timings[1]);
  });

  // The view of the document load is there already.
  followUrl(false);
  loaded();
  let isFirst = isManual;
  return {
    hears: {
      // The document's only: `load` events of images are captured, too. It has not ended yet.
      load(event) {
        if (event.target === document) setTimeout(loaded);
      },
    },
    calls: {
      startView(at, view) {
        // An object is a snapshot; any other value may be hostile.
        const given: ViewOptions = Object.prototype.toString.call(view) === '[object Object]' ? view : { name: view };
        tell(at, !isFirst, given);
        isFirst = false;
        if (given.context) calls.setViewContext?.(at, given.context);
      },
      setViewName(at, name) {
        labels[0]![1] = text(name);
        emit(SignalKind.ViewChanged, at, [0], [url], labels);
      },
      addTiming(at, name, time) {
        const ms = typeof time === 'number' ? time : -1;
        const isEpoch = ms > performance.timeOrigin;
        emit(
          SignalKind.Noted,
          isEpoch ? ms - performance.timeOrigin : at,
          [isEpoch ? -1 : ms],
          [],
          // Datadog's rule for names.
          [[ViewEvent.customTimings, short(toText(name).replace(/[^\w.@$-]/g, '_'))]],
        );
      },
      setViewLoadingTime: (at) => emit(SignalKind.ViewLoaded, at),
    },
    ...(!isManual && { stop: watchUrl(fence, () => followUrl(true)) }),
  };
};

/** A text of the page's; nothing for nothing. */
function text(value: unknown): string | undefined {
  // Datadog takes null for nothing.
  return value == null ? undefined : short(toText(value));
}
