/** Texts, shown or masked. */
import { Level, type Policy } from './level.ts';

/** Scripts whose characters are twice as wide as an `x`, and whose lines break between any two of them. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60]{1,4}/g;
const MASKED_WIDE = 'xxxxxxxx\u200b';

/** A character with the marks that combine with it. */
const SHAPE = /[^\s\u200b](?:\p{M}|\u200d.)*/gu;
/** Lengths are told in steps of four characters: how many letters a name has is a part of it. */
const FOUR_SHAPES = /(?:[^\s\u200b](?:\p{M}|\u200d.)*){1,4}/gu;
/** The same for what has one character a unit, which is most of it: a third of the time. */
const FOUR = /\S{1,4}/g;

/** A text that says nothing but how much room it takes. White space stays. */
export function maskText(text: string, { isStrict }: Policy): string {
  if (!/[^\0-\x7f]/.test(text)) return text.replace(isStrict ? FOUR : /\S/g, isStrict ? 'xxxx' : 'x');
  return text.replace(WIDE, MASKED_WIDE).replace(isStrict ? FOUR_SHAPES : SHAPE, isStrict ? 'xxxx' : 'x');
}

/** What is recorded of a text that is shown, by the level of the element it is in. */
export function textAt(text: string, level: Level, policy: Policy): string {
  return level < Level.MaskUnlessAllowlisted || (level === Level.MaskUnlessAllowlisted && isAllowlisted(text)) ? text : maskText(text, policy);
}

/** Datadog's build plugin collects the texts of the application's own source, in lower case. */
export function isAllowlisted(text: string): boolean {
  return (window as { $DD_ALLOW?: Set<string> }).$DD_ALLOW?.has?.(text.toLocaleLowerCase()) === true;
}
