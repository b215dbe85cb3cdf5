/** Texts, shown or masked. */
import { Level, type Policy } from './level.ts';

/** Characters twice as wide as an `x`, between any two of which a line may break. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60]{1,4}/g;
const MASKED_WIDE = 'xxxxxxxx\u200b';

/** Characters, each with the marks that combine with it. Lengths are told in steps of four: that of a name is a part of it. */
const SHAPE = /[^\s\u200b](?:\p{M}|\u200d.)*/gu;
const FOUR_SHAPES = /(?:[^\s\u200b](?:\p{M}|\u200d.)*){1,4}/gu;

/** A text that says nothing but how much room it takes. White space stays. */
export function maskText(text: string, { isStrict }: Policy): string {
  const mask = isStrict ? 'xxxx' : 'x';
  // Most texts have one character a unit, and take a third of the time.
  return /[^\0-\x7f]/.test(text)
    ? text.replace(WIDE, MASKED_WIDE).replace(isStrict ? FOUR_SHAPES : SHAPE, mask)
    : text.replace(isStrict ? /\S{1,4}/g : /\S/g, mask);
}

/** What is recorded of a text that is shown, by the level of the element it is in. */
export function textAt(text: string, level: Level, policy: Policy): string {
  const isShown = level < Level.MaskUnlessAllowlisted || (level === Level.MaskUnlessAllowlisted && isAllowlisted(text));
  return isShown ? text : maskText(text, policy);
}

/** Datadog's build plugin collects the texts of the application's own source, in lower case. */
function isAllowlisted(text: string): boolean {
  const allowed = (window as { $DD_ALLOW?: unknown }).$DD_ALLOW;
  return allowed instanceof Set && allowed.has(text.toLocaleLowerCase());
}
