/**
 * Route changes: the URL of the document changes without a load. The Navigation API tells them without
 * patching `history`, so the page's own functions stay what they were. A browser without it (Safari before
 * 26.2, Firefox before 147) tells only of back, forward and hash changes here, not of `pushState`.
 */
import type { Fence } from '../fence.ts';
import { listen, type Undo } from './listen.ts';

/** Calls back with the time of each change. */
export function onRouteChange(fence: Fence, callback: (at: number) => void): Undo {
  const navigation = (window as { navigation?: EventTarget }).navigation;
  return navigation
    ? listen(navigation, ['currententrychange'], fence, (event) => callback(event.timeStamp))
    : listen(window, ['popstate', 'hashchange'], fence, (event) => callback(event.timeStamp));
}
