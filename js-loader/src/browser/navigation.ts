/**
 * Routes: the path of the document's URL, or a path in its hash. The Navigation API tells their changes without
 * patching `history`, so the page's own functions stay what they were; a browser without it gets `history.ts`.
 */
import type { Undo } from '../adapter.ts';
import type { Fence } from '../fence.ts';
import { listen } from './listen.ts';

/** Calls back whenever the document's URL may have changed without a load. */
export function watchUrl(fence: Fence, onChange: Undo): Undo {
  const change = fence(onChange);
  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) return listen(navigation, ['currententrychange'], fence, change);
  const undo = [listen(window, ['popstate', 'hashchange'], fence, change)];
  // Without it, should it not come, what the two events tell remains.
  import('./history.ts').then(
    fence(({ watchHistory }) => void undo.push(watchHistory(change))),
    () => {},
  );
  return () => undo.forEach((one) => one());
}

/** The hash path of the moment. One that leads to an element says nothing of the route: `before` still holds. */
export function hashPath(before: string): string {
  const { hash } = location;
  return document.getElementById(hash.slice(1)) ? before : hash.split('?')[0]!;
}

/**
 * A name for a hash route, such as `/claims/?` for `#/claims/42`, because its URL is sent without the hash. What is no
 * plain word may be a value; a hash that is no path may be anything.
 */
export function hashRouteName(path: string): string | undefined {
  const [, segments] = /^#!?(\/.*)/.exec(path) ?? [];
  return segments?.replace(/[^/]+/g, (segment) => (/^[a-z_-]{1,64}$/i.test(segment) ? segment : '?'));
}
