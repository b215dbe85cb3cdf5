/** Judging a text once, however often a page has it. */

/** Texts that are remembered, and how long one may be (characters): 4 MB. A page with more of them makes them up as it goes. */
const MAX_TEXTS = 4_096;
const MAX_LENGTH = 1_024;

/** A judgement by nothing but a text, and what else never changes. */
export function remember<T>(judge: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let result = known.get(text);
    if (result === undefined) {
      result = judge(text);
      if (known.size === MAX_TEXTS) known.clear();
      if (text.length <= MAX_LENGTH) known.set(text, result);
    }
    return result;
  };
}
