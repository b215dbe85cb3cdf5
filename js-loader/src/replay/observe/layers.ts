/** What the browser shows above everything else, which attributes do not tell: modal dialogs, popovers, full screen. */
import { Op } from '../ops.ts';
import { elementsOf } from './hear.ts';
import type { Tell, Watch } from './part.ts';

/** What may be in a layer: to ask every element of a page which it is in takes the browser long. */
const CANDIDATES = 'dialog,[popover],:is(:fullscreen)';

/** In the order of `Layer`. What is full screen is modal, too. A browser that does not know one of them forgives it in `:is()`. */
const LAYERS = [':not(*)', ':modal:not(:fullscreen)', ':popover-open', ':fullscreen'];

const layerOf = (element: Element): number => Math.max(0, LAYERS.findIndex((layer) => element.matches(`:is(${layer})`)));

export const watchLayers: Watch = ({ ids, ops, roots, later }) => {
  /** What is in a layer, as it was told. */
  const shown = new Map<Element, number>();

  const tell: Tell = (element, id) => {
    const layer = layerOf(element);
    shown.delete(element);
    if (id) {
      ops.add(Op.TopLayer, id, layer);
      if (layer) shown.set(element, layer);
    }
    // It may be walked with a later batch.
    return !id && element.isConnected;
  };
  const touch = (element: Element): void => later(element, tell);
  const heard = ({ target }: any): void => touch(target);

  return {
    heard: { toggle: heard, close: heard, fullscreenchange: heard },
    // Older browsers do not say when a dialog opens.
    calls: [['HTMLDialogElement', 'showModal', touch]],
    // Who is moved leaves its layer, and no event says so.
    flush: () => shown.forEach((layer, element) => layer === layerOf(element) || tell(element, ids.of(element), 0)),
    walked() {
      for (const element of elementsOf(roots, CANDIDATES)) if (layerOf(element)) touch(element);
    },
  };
};
