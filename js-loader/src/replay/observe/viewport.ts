/** How large the page is shown, what fingers zoomed in on, and whether the window has the focus. */
import { Op } from '../ops.ts';
import { hear } from './hear.ts';
import type { Watch } from './part.ts';

/** Keeps three decimals in a whole number. */
const MILLI = 1_000;

export const watchViewport: Watch = (page) => {
  const { ops, now, schedule } = page;
  const view = visualViewport!;
  let isResized: boolean;
  let isMoved: boolean;
  let hadFocus = document.hasFocus();

  const moved = (): void => {
    isMoved = true;
    schedule();
  };
  const resize = (): void => {
    isResized = true;
    moved();
  };
  const focus = (): void => {
    if (hadFocus === (hadFocus = document.hasFocus())) return;
    ops.add(Op.Focus, now(), +hadFocus);
    schedule();
  };
  // Also when an element gets or loses it: the window alone does not hear that it went to a frame and on to another window.
  const undo = [hear(page, window, { resize, focus, blur: focus }), hear(page, view, { resize, scroll: moved })];

  return {
    walked: moved,
    flush() {
      const { offsetLeft, offsetTop, pageLeft, pageTop, width, height, scale } = view;
      if (isResized) ops.add(Op.Resized, now(), width * scale, height * scale);
      if (isMoved) ops.add(Op.VisualViewport, now(), ...[offsetLeft, offsetTop, pageLeft, pageTop, width, height, scale].map((number) => number * MILLI));
      isResized = isMoved = false;
    },
    stop: () => undo.forEach((one) => one()),
  };
};
