/** Where the pointer goes, and what is pressed, touched and focused. */
import { Op } from '../ops.ts';
import { Level } from '../privacy/level.ts';
import type { Part, Watch } from './part.ts';

/** Positions are told at most this often (ms): what a player can show smoothly. */
const MOVE_MS = 50;

/** Clicks that may turn out to be frustrating: a verdict takes seconds, and nobody clicks faster than this for so long. */
const MAX_CLICKS = 100;

/** In the order of `InteractionKind`. */
const KINDS = 'mouseup mousedown click contextmenu dblclick focus blur touchstart - touchend'.split(' ');
const CLICK = 2;

export const watchPointer: Watch = ({ ops, ids, now, schedule }) => {
  /** The last position, until it is told. */
  let moved: number[] | undefined;
  let movedAt = 0;
  let [x, y] = [0, 0];
  let last: string;
  let count = 0;
  /** The page times of the last clicks, by their number. */
  const clicks = new Map<number, number>();

  /** The number of the innermost recorded node; 0 where there is none, or a pointer without position. */
  const locate = (event: any): number => {
    let [node] = event.composedPath();
    let id;
    while (!(id = ids.of(node)) && node) node = node.parentNode ?? node.host;
    const { clientX, clientY, pageX, pageY } = event.changedTouches?.[0] ?? event;
    // Nobody but the visitor has a pointer.
    if (!event.isTrusted || (event.touches && clientX === undefined)) return 0;
    // Within what is hidden a position could tell a digit: the pointer stays where it went in. Focus has none.
    if (clientX === undefined || ids.level(id) === Level.Hidden) return id;
    let { view } = event;
    const { scale, pageLeft, pageTop, offsetLeft, offsetTop } = view.visualViewport;
    // Browsers differ in what they count from while fingers zoom in; from the page's origin they agree.
    [x, y] = scale > 1 ? [pageX - pageLeft + offsetLeft, pageY - pageTop + offsetTop] : [clientX, clientY];
    for (let frame; (frame = view.frameElement); view = view.parent) {
      // The page is laid out: the browser just looked for what was hit.
      const { left, top } = frame.getBoundingClientRect();
      x += left + frame.clientLeft;
      y += top + frame.clientTop;
    }
    return id;
  };

  const flush = (): void => {
    if (!moved) return;
    const at = performance.now();
    if (at - movedAt >= MOVE_MS) {
      ops.add(Op.PointerMoved, ...moved);
      movedAt = at;
      moved = undefined;
    }
    schedule();
  };
  const move = (event: any): void => {
    const id = locate(event);
    if (id) moved = [now(event.timeStamp), id, x, y, +!!event.touches];
    flush();
  };

  const heard: Part['heard'] = { mousemove: move, touchmove: move };
  KINDS.forEach((type, kind) => {
    const isClick = kind === CLICK;
    heard[type] = (event) => {
      const { timeStamp } = event;
      // Each tree on its way hears of it.
      if (last === (last = type + timeStamp)) return;
      const id = locate(event);
      if (!id) return;
      if (isClick) clicks.set(++count, timeStamp).delete(count - MAX_CLICKS);
      ops.add(Op.Interaction, now(timeStamp), kind, id, x, y, isClick ? count : 0);
      schedule();
    };
  });

  return {
    heard,
    flush,
    frustrated(at, kinds) {
      for (const [number, time] of clicks) {
        // The core knows it to the microsecond.
        if (Math.abs(time - at) > 0.1) continue;
        ops.add(Op.Frustration, now(at), kinds, number);
        schedule();
      }
    },
  };
};
