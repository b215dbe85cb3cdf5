/** Which custom elements are defined: `:defined` depends on it. */
import { Op } from '../ops.ts';
import type { Watch } from './part.ts';

/** Names that are asked about: no application has as many kinds of elements. */
const MAX_NAMES = 1_000;

export const watchDefined: Watch = ({ ops, fence, schedule }) => {
  const asked = new Set<string>();
  return {
    found({ localName, ownerDocument }) {
      if (asked.has(localName) || asked.size === MAX_NAMES) return;
      asked.add(localName);
      const defined = fence(() => {
        ops.add(Op.Defined, 1);
        ops.text(localName);
        schedule();
      });
      // Names like `font-face` will never be one.
      ownerDocument.defaultView!.customElements.whenDefined(localName).then(defined, () => {});
    },
  };
};
