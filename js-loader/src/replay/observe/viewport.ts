/** How large the page is shown, what fingers zoomed in on, and whether the window has the focus. */
import { Op } from '../ops.ts';
import { hear } from './hear.ts';
import type { Tell, Watch } from './part.ts';

/** Keeps three decimals in a whole number. */
const MILLI = 1_000;

export const watchViewport: Watch = (page) => {
  const { ops, now, schedule, later } = page;
  const view = visualViewport!;
  let hadFocus = document.hasFocus();

  const tellSize: Tell = () => ops.add(Op.Resized, now(), view.width * view.scale, view.height * view.scale);
  const tellView: Tell = () => {
    const { offsetLeft, offsetTop, pageLeft, pageTop, width, height, scale } = view;
    ops.add(Op.VisualViewport, now(), ...[offsetLeft, offsetTop, pageLeft, pageTop, width, height, scale].map((number) => number * MILLI));
  };
  const scroll = (): void => later(document, tellView);
  const resize = (): void => {
    later(document, tellSize);
    scroll();
  };
  const focus = (): void => {
    if (hadFocus === (hadFocus = document.hasFocus())) return;
    ops.add(Op.Focus, now(), +hadFocus);
    schedule();
  };
  // Also when an element gets or loses it: the window alone does not hear that it went to a frame and on to another window.
  const undo = [hear(page, window, { resize, focus, blur: focus }), hear(page, view, { resize, scroll })];

  return { walked: scroll, stop: () => undo.forEach((one) => one()) };
};
