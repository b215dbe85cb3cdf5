/** How large the page is shown, what fingers zoomed in on, and whether the window has the focus. */
import { Op } from '../ops.ts';
import type { Observe } from '../recording.ts';
import { hear } from './hear.ts';

/** Factor that keeps three decimals in a whole number. */
const MILLI = 1_000;

export const observeViewport: Observe = (recording) => {
  const { ops } = recording;
  const view = visualViewport!;
  /** What there is to tell with the batch. */
  let [isResized, isMoved] = [false, false];
  let hadFocus: boolean;

  const resized = (): void => {
    isResized = true;
    moved();
  };
  const moved = (): void => {
    isMoved = true;
    recording.schedule();
  };
  const focused = (event: Event): void => {
    const hasFocus = document.hasFocus();
    if (event.target !== window || hasFocus === hadFocus) return;
    hadFocus = hasFocus;
    ops.add(Op.Focus, recording.now(event.timeStamp), +hasFocus);
    recording.schedule();
  };
  const undo = [
    hear(recording, window, { resize: resized, focus: focused, blur: focused }),
    hear(recording, view, { resize: resized, scroll: moved }),
  ];

  return {
    walked: moved,
    flush() {
      const now = recording.now();
      const { width, height, scale } = view;
      if (isResized) ops.add(Op.Resized, now, width * scale, height * scale);
      if (isMoved) {
        const numbers = [view.offsetLeft, view.offsetTop, view.pageLeft, view.pageTop, width, height, scale];
        ops.add(Op.VisualViewport, now, ...numbers.map((number) => number * MILLI));
      }
      isResized = isMoved = false;
    },
    stop: () => undo.forEach((one) => one()),
  };
};
