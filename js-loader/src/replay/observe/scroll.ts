/** What is scrolled, and how far. */
import { attempt } from '../../host-value.ts';
import { Op } from '../ops.ts';
import type { Observe, Root } from '../recording.ts';
import { hear } from './hear.ts';
import { createWaiting } from './waiting.ts';

/** Positions of one element are told at most this often (ms), the last one always. */
const SCROLL_MS = 100;

/** Looking for what was scrolled before takes at most this long at a time (ms). */
const SLICE_MS = 5;

export const observeScroll: Observe = (recording) => {
  const { ops, ids } = recording;
  const toldAt = new WeakMap<Node, number>();
  const roots = new Set<Root>();
  let isOver = false;

  const waiting = createWaiting(recording, (node, id) => {
    const now = performance.now();
    if (!id) return;
    if (now - (toldAt.get(node) ?? -SCROLL_MS) < SCROLL_MS) {
      recording.schedule();
      return true;
    }
    toldAt.set(node, now);
    ops.add(Op.Scrolled, recording.now(), id, ...positionOf(node));
    return;
  });

  return {
    flush: waiting.flush,
    root(root) {
      roots.add(root);
      const undo = hear(recording, root, { scroll: (event) => waiting.add(event.target) });
      return () => {
        roots.delete(root);
        undo();
      };
    },
    walked() {
      const walkers = Array.from(roots, (root) => document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT));
      const look = recording.fence(() => {
        const end = performance.now() + SLICE_MS;
        for (let walker; (walker = walkers[0]); walkers.shift()) {
          for (let node: Node | null = walker.currentNode; node; node = walker.nextNode()) {
            if (isOver) return;
            if (performance.now() > end) return later(look);
            const id = ids.of(node);
            const [x, y] = (id && attempt(() => positionOf(node))) || [];
            if (x || y) ops.add(Op.ScrollPosition, id, x!, y!);
          }
        }
        recording.schedule();
      });
      later(look);
    },
    stop() {
      isOver = true;
    },
  };
};

/** Of the document: how far the layout viewport is from its origin, whatever fingers zoomed in on. */
function positionOf(node: any): [x: number, y: number] {
  const view: Window | undefined = node.defaultView;
  // What scrolls with the document is told of it.
  if (node === document.scrollingElement) return [0, 0];
  if (!view) return [node.scrollLeft, node.scrollTop];
  const { pageLeft, offsetLeft, pageTop, offsetTop } = view.visualViewport!;
  return [pageLeft - offsetLeft, pageTop - offsetTop];
}

/** When the page has nothing to do, and nothing to lay out. */
function later(look: () => void): void {
  (window.requestIdleCallback ?? setTimeout)(look);
}
