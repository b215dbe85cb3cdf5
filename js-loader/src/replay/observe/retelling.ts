/** Attributes that may be told once a style sheet asks for what they hold (`privacy/tokens.ts`). */
import { elementsOf } from './hear.ts';
import type { Watched } from './part.ts';

/** Names by which the browser finds elements faster than we do. */
const MAX_ASKED = 20;

export function createRetelling({ ids, roots, schedule, retell }: Watched) {
  /** Names that are new, as selectors. */
  const names: string[] = [];
  /** Those that are looked for, and among which elements. */
  let asked: Set<string>;
  let candidates: Iterator<Element> | undefined;

  const isAsked = ({ classList, id }: Element, attribute: string): boolean =>
    asked.has(`[${CSS.escape(attribute)}]`) ||
    (attribute === 'id' && asked.has(`#${CSS.escape(id)}`)) ||
    (attribute === 'class' && Array.from(classList).some((name) => asked.has(`.${CSS.escape(name)}`)));

  return {
    names,
    /** Tells what these names allow, as far as there is time; those of elements that are not told yet need nothing. */
    retell(isLate: () => boolean): void {
      if (!candidates && names.length) {
        asked = new Set(names.splice(0));
        candidates = elementsOf(roots, asked.size > MAX_ASKED ? '*' : `:is(${[...asked]})`);
      }
      while (candidates) {
        if (isLate()) return schedule();
        const element = candidates.next().value;
        if (!element) candidates = undefined;
        else if (ids.of(element)) for (const name of element.getAttributeNames()) if (isAsked(element, name)) retell(element, name);
      }
      if (names.length) schedule();
    },
  };
}
