/**
 * Changes of the document's URL in browsers without the Navigation API (Safari before 26.2, Firefox before 147),
 * where only standing in for `pushState` and `replaceState` tells them. Loaded where it is needed.
 */
import type { Undo } from '../adapter.ts';
import { patch } from '../patch.ts';

/** Calls back after each change the page makes; the page's own calls return and throw what they did. */
export function watchHistory(onChange: Undo): Undo {
  const undo = ['pushState', 'replaceState'].map((name) =>
    // Where the page stands in for the function itself, ours on the prototype would never be called.
    patch(history.hasOwnProperty(name) ? history : History.prototype, name, (call) => {
      const result = call();
      onChange();
      return result;
    }),
  );
  return () => undo.forEach((one) => one());
}
