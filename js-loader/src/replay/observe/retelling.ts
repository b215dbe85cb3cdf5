/** Attributes that may be told once a style sheet asks for what they hold (`privacy/tokens.ts`). */
import { attempt } from '../../host-value.ts';
import type { Recording, Root } from '../recording.ts';

/** Up to so many names the browser finds the elements faster. */
const MAX_ASKED = 8;

export function createRetelling({ ids, retell, schedule }: Recording, roots: Map<Root, unknown>) {
  let names = new Set<string>();
  return {
    /** Names that are new, as selectors. */
    add(more: string[]): void {
      for (const name of more) names.add(name);
    },
    flush(): void {
      if (!names.size) return;
      const asked = names;
      names = new Set();
      const isFew = asked.size <= MAX_ASKED;
      const attributes = new Set(Array.from(asked, (name) => (name[0] === '.' ? 'class' : name[0] === '#' ? 'id' : name.slice(1, -1))));
      const selector = Array.from(isFew ? asked : attributes, (name) => (isFew ? name : `[${CSS.escape(name)}]`)).join();
      /** By the class attribute: pages have few that differ. */
      const known = new Map<string, boolean>();
      const isAsked = (element: Element): boolean => {
        const text = element.getAttribute('class')!;
        let is = known.get(text);
        if (is === undefined) known.set(text, (is = Array.from(element.classList).some((name) => asked.has(`.${CSS.escape(name)}`))));
        return is;
      };
      schedule();
      for (const root of roots.keys()) {
        // Forgiving: what a name was taken for need not be one.
        const found = attempt(() => root.querySelectorAll(`:is(${selector})`)) ?? [];
        for (const element of Array.from(found)) {
          if (!ids.of(element)) continue;
          for (const name of attributes) {
            if (element.hasAttribute(name) && (isFew || name !== 'class' || isAsked(element))) retell(element, name);
          }
        }
      }
    },
  };
}
