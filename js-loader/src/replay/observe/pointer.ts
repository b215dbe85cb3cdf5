/** Where the pointer goes, and what is pressed, touched and focused. */
import { Op } from '../ops.ts';
import { Level } from '../privacy/level.ts';
import type { Observe } from '../recording.ts';
import { hear, targetOf } from './hear.ts';

/** Positions are told at most this often (ms): what a player can show smoothly. */
const MOVE_MS = 50;

/** Clicks that may turn out to be frustrating: a verdict takes seconds, and nobody clicks faster than this for so long. */
const MAX_CLICKS = 100;

/** Page times that are the same (ms): the core rounds them to 1 µs. */
const SAME_MS = 0.1;

/** In the order of `InteractionKind`. */
const KINDS = ['mouseup', 'mousedown', 'click', 'contextmenu', 'dblclick', 'focus', 'blur', 'touchstart', '', 'touchend'];
const CLICK = 2;
const FOCUS = 5;
const BLUR = 6;

export const observePointer: Observe = (recording) => {
  const { ops, ids } = recording;
  /** The last position, until it is told. */
  let waiting: number[] | undefined;
  let movedAt = -MOVE_MS;
  let [x, y] = [0, 0];
  let last: string;
  let count = 0;
  const clicks: [at: number, number: number][] = [];

  /** The number of the innermost recorded node; 0 where there is none, or no position. */
  const locate = (event: any): number => {
    let node = targetOf(event);
    while (node && !ids.of(node)) node = node.parentNode ?? node.host;
    const id = ids.of(node);
    const point = event.changedTouches?.[0] ?? event;
    // Within what is hidden a position could tell a digit: the pointer stays where it went in.
    if (!id || ids.level(id) === Level.Hidden) return id;
    let [left, top] = [point.clientX, point.clientY];
    if (!(left >= 0 || left < 0)) return 0;
    let { view } = event;
    const { scale, pageLeft, pageTop, offsetLeft, offsetTop } = view?.visualViewport ?? {};
    // Browsers differ in what they count from while zoomed in by fingers; from the page they agree.
    if (scale > 1) {
      left = point.pageX - pageLeft + offsetLeft;
      top = point.pageY - pageTop + offsetTop;
    }
    for (let frame; (frame = view?.frameElement); view = view.parent) {
      // Nothing is laid out for it: the browser just did, to find what was hit.
      const box = frame.getBoundingClientRect();
      left += box.left + frame.clientLeft;
      top += box.top + frame.clientTop;
    }
    [x, y] = [left, top];
    return id;
  };

  const tellMove = (): void => {
    const now = performance.now();
    if (!waiting) return;
    if (now - movedAt >= MOVE_MS) {
      ops.add(Op.PointerMoved, ...waiting);
      movedAt = now;
      waiting = undefined;
    }
    recording.schedule();
  };
  const move = (event: any): void => {
    const id = locate(event);
    if (!id) return;
    waiting = [recording.now(event.timeStamp), id, x, y, +(event.type === 'touchmove')];
    tellMove();
  };

  const interact = (event: any): void => {
    const { type, timeStamp } = event;
    // Heard by every tree that it passes on its way.
    const same = type + timeStamp;
    if (last === same) return;
    const kind = KINDS.indexOf(type);
    const isFocus = kind === FOCUS || kind === BLUR;
    const id = isFocus ? ids.of(targetOf(event)) : locate(event);
    if (!id) return;
    last = same;
    if (kind === CLICK && clicks.push([timeStamp, ++count]) > MAX_CLICKS) clicks.shift();
    ops.add(Op.Interaction, recording.now(timeStamp), kind, id, x, y, kind === CLICK ? count : 0);
    recording.schedule();
  };

  const heard = Object.fromEntries(KINDS.filter(Boolean).map((type) => [type, interact]));
  return {
    flush: tellMove,
    root: (root) => hear(recording, root, { ...heard, mousemove: move, touchmove: move }),
    frustrated(at, kinds) {
      const click = clicks.find(([time]) => Math.abs(time - at) < SAME_MS);
      if (!click) return;
      ops.add(Op.Frustration, recording.now(at), kinds, click[1]);
      recording.schedule();
    },
  };
};
