/** What the browser shows above everything else, which attributes do not tell: modal dialogs, popovers, full screen. */
import { Op } from '../ops.ts';
import type { Observe, Root } from '../recording.ts';
import { hear, hearCalls } from './hear.ts';
import { createWaiting } from './waiting.ts';

/** In the order of `Layer`. What is full screen is modal, too. */
const LAYERS = [':not(*)', ':modal:not(:fullscreen)', ':popover-open', ':fullscreen'];

export const observeLayers: Observe = (recording) => {
  const roots = new Set<Root>();
  const waiting = createWaiting(recording, (element, id) => {
    // `:is()` forgives what an older browser does not know.
    if (id && element.matches) recording.ops.add(Op.TopLayer, id, Math.max(0, LAYERS.findIndex((layer) => element.matches(`:is(${layer})`))));
    // It may be walked with a later batch.
    return !id && element.isConnected;
  });
  const changed = ({ target }: Event): void => waiting.add(target as Node);

  return {
    flush: waiting.flush,
    root(root) {
      roots.add(root);
      const undo = [
        hear(recording, root, { toggle: changed, close: changed, fullscreenchange: changed }),
        // Older browsers do not say when a dialog opens.
        hearCalls(recording, (root as Document).defaultView, ['HTMLDialogElement', 'showModal', (dialog) => waiting.add(dialog)]),
        () => roots.delete(root),
      ];
      return () => undo.forEach((one) => one());
    },
    walked() {
      for (const root of roots) root.querySelectorAll(`:is(${LAYERS})`).forEach((element) => waiting.add(element));
    },
  };
};
