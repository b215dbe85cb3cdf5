/**
 * Route changes: the URL of the document changes without a load. The Navigation API tells them without
 * patching `history`, so the page's own functions stay what they were. A browser without it (Safari before
 * 26.2, Firefox before 147) tells only of back, forward and hash changes here, not of `pushState`.
 */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { listen } from './listen.ts';
import { countInteractions } from './performance.ts';

/** Tells the engine of each change. */
export const watchRoutes: CreateAdapter = ({ emit, fence }) => {
  const change = (event: Event): void => {
    countInteractions(emit);
    emit(SignalKind.RouteChanged, event.timeStamp, [], [location.href]);
  };
  const navigation = (window as { navigation?: EventTarget }).navigation;
  return {
    stop: navigation
      ? listen(navigation, ['currententrychange'], fence, change)
      : listen(window, ['popstate', 'hashchange'], fence, change),
  };
};
