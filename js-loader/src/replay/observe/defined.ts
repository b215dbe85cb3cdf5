/** Which custom elements are defined: `:defined` depends on it. */
import { attempt } from '../../host-value.ts';
import { Op } from '../ops.ts';
import type { Observe } from '../recording.ts';

/** Names that are asked about: no application has as many kinds of elements. */
const MAX_NAMES = 1_000;

export const observeDefined: Observe = ({ ops, fence, schedule }) => {
  const asked = new Set<string>();
  let names: string[] = [];
  return {
    found({ localName, ownerDocument }) {
      if (asked.has(localName) || asked.size === MAX_NAMES) return;
      asked.add(localName);
      const defined = fence(() => {
        names.push(localName);
        schedule();
      });
      // Names like `font-face` will never be one.
      attempt(() => ownerDocument.defaultView!.customElements.whenDefined(localName).then(defined, () => {}));
    },
    flush() {
      if (!names.length) return;
      ops.add(Op.Defined, names.length);
      names.forEach((name) => ops.text(name));
      names = [];
    },
  };
};
