/** What is scrolled, and how far. */
import { Op } from '../ops.ts';
import { elementsOf } from './hear.ts';
import type { Tell, Watch } from './part.ts';

/** Positions of one element are told at most this often (ms), the last one always. */
const SCROLL_MS = 100;

/**
 * Elements that may have been scrolled before they are told, beside custom ones: to ask an element costs as much as to tell
 * it, and most of a page is rows, cells and words. Of others a scroll is told when it happens.
 */
export const SCROLLABLE = 'body div main section article aside nav header footer form fieldset figure ul ol dl pre code blockquote textarea';

/** Elements that are asked: pages that have more have those that scroll among the first. */
const MAX_ASKED = 5_000;

/** Looking for what was scrolled before takes at most this long at a time (ms). */
const SLICE_MS = 5;

export const watchScroll: Watch = ({ ops, now, schedule, fence, later }) => {
  const toldAt = new WeakMap<Node, number>();

  const tell: Tell = (node, id) => {
    const at = performance.now();
    if (!id) return;
    if (at - (toldAt.get(node) ?? 0) < SCROLL_MS) {
      schedule();
      return true;
    }
    toldAt.set(node, at);
    ops.add(Op.Scrolled, now(), id, ...positionOf(node));
    return;
  };

  let found: Element[] | undefined = [];

  /** Tells what is scrolled already, when the page has nothing to do, and nothing to lay out. */
  const lookAt = (elements: Iterator<Element, undefined>): void => {
    const rest = (): void => void (window.requestIdleCallback ?? setTimeout)(look);
    const look = fence(() => {
      const until = performance.now() + SLICE_MS;
      for (let node; (node = elements.next().value); ) {
        // The document's own position is not told twice.
        if ((node.scrollTop || node.scrollLeft) && node !== document.scrollingElement) later(node, tell);
        if (performance.now() > until) return rest();
      }
    });
    rest();
  };

  return {
    found(element) {
      if (found && found.length < MAX_ASKED) found.push(element);
    },
    heard: { scroll: ({ target }) => later(target, tell) },
    walked() {
      later(document, tell);
      lookAt(found!.values());
      found = undefined;
    },
    // Scrolled before anybody listened in it.
    root(root) {
      if (!found) lookAt(elementsOf([root], '*'));
    },
  };
};

/** Of a document: how far the layout viewport is from its origin, whatever fingers zoomed in on. */
function positionOf(node: any): [x: number, y: number] {
  const { pageLeft, offsetLeft, pageTop, offsetTop } = node.defaultView?.visualViewport ?? {};
  return offsetTop === undefined ? [node.scrollLeft, node.scrollTop] : [pageLeft - offsetLeft, pageTop - offsetTop];
}
