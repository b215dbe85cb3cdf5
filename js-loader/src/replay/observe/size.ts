/** How large elements are that are recorded without what makes them so. */
import { Op } from '../ops.ts';
import type { Watch } from './part.ts';

/** Elements that are measured whenever they change: each costs a little at every layout. */
const MAX_MEASURED = 1_000;

export const watchSize: Watch = ({ ops, ids, fence, schedule }) => {
  let count = 0;
  const told = new WeakMap<Element, string>();

  /** Called by the browser after it laid the page out by itself. */
  const measure = fence((entries: { target: Element; boundingClientRect?: DOMRect }[]) => {
    for (const { target, boundingClientRect } of entries) {
      first.unobserve(target);
      if (!target.isConnected) {
        // An observer holds on to what it observes.
        changes.unobserve(target);
        if (told.delete(target)) count--;
        continue;
      }
      const { width, height } = boundingClientRect ?? target.getBoundingClientRect();
      const id = ids.of(target);
      const size = [id, width, height].join();
      if (id && told.get(target) !== size) ops.add(Op.Size, id, width, height);
      told.set(target, size);
    }
    schedule();
  });
  const changes = new ResizeObserver(measure);
  // What is part of a line has a size, but no changes of it are observed.
  const first = new IntersectionObserver(measure);

  return {
    found(element) {
      if (count >= MAX_MEASURED) return;
      if (!told.has(element)) count++;
      told.set(element, '');
      first.observe(element);
      changes.observe(element);
    },
    stop() {
      first.disconnect();
      changes.disconnect();
    },
  };
};
