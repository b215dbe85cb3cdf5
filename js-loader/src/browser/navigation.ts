/**
 * Route changes: the URL of the document changes without a load. The Navigation API tells them without patching
 * `history`, so the page's own functions stay what they were. In a browser without it (Safari before 26.2, Firefox
 * before 147) we stand in for `pushState` and `replaceState`.
 */
import type { CreateAdapter, Undo } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { patch } from '../patch.ts';
import { listen } from './listen.ts';
import { countInteractions } from './performance.ts';

/** Tells the engine of each change; which of them is a route change is its decision. */
export const watchRoutes: CreateAdapter = ({ emit, fence, options }) => {
  if (options.trackViewsManually) return {};
  const change = fence(() => {
    countInteractions(emit);
    emit(SignalKind.RouteChanged, performance.now(), [], [routeUrl()]);
  });
  const { navigation } = window as { navigation?: EventTarget };
  const undo = navigation
    ? [listen(navigation, ['currententrychange'], fence, change)]
    : [
        listen(window, ['popstate', 'hashchange'], fence, change),
        ...['pushState', 'replaceState'].map((name) => patchHistory(name, change)),
      ];
  return { stop: () => undo.forEach((one) => one()) };
};

function patchHistory(name: string, change: Undo): Undo {
  // Where the page stands in for the function itself, ours would never be called.
  return patch(history.hasOwnProperty(name) ? history : History.prototype, name, (call) => {
    const result = call();
    change();
    return result;
  });
}

/** The hash that leads to a part of the page says nothing of the route: the one before it still holds. */
let routeHash = '';

/** The document's URL with the hash that tells the route. */
export function routeUrl(): string {
  const { href, hash } = location;
  if (!document.getElementById(hash.slice(1))) routeHash = hash;
  return href.slice(0, href.length - hash.length) + routeHash;
}
