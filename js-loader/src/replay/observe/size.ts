/** How large elements are that are recorded without what makes them so. */
import { Op } from '../ops.ts';
import type { Observe } from '../recording.ts';

/** Elements that are measured whenever they change: each costs a little at every layout. */
const MAX_MEASURED = 1_000;

interface Measured {
  target: Element;
  boundingClientRect?: DOMRect;
}

export const observeSize: Observe = (recording) => {
  const { ops, ids, fence } = recording;
  let count = 0;
  const told = new WeakMap<Element, string>();

  /** Called by the browser after it laid the page out by itself. */
  const measured = fence((entries: Measured[]) => {
    for (const { target, boundingClientRect } of entries) {
      // An observer holds on to what it observes.
      if (boundingClientRect) first.unobserve(target);
      if (!target.isConnected) {
        changes.unobserve(target);
        count--;
        continue;
      }
      const id = ids.of(target);
      const { width, height } = boundingClientRect ?? target.getBoundingClientRect();
      const size = [id, width, height].join();
      if (!id || told.get(target) === size) continue;
      told.set(target, size);
      ops.add(Op.Size, id, width, height);
    }
    recording.schedule();
  });
  const changes = new ResizeObserver(measured);
  // What is part of a line has a size, but no changes of it are observed.
  const first = new IntersectionObserver(measured);

  return {
    found(element) {
      if (++count > MAX_MEASURED) return;
      first.observe(element);
      changes.observe(element);
    },
    stop() {
      first.disconnect();
      changes.disconnect();
    },
  };
};
