/** Texts, shown or masked. */
import { Level, type Policy } from './level.ts';

/** Marks that combine with a character, and what emojis are joined of: one with what they stand at. */
const MARKS = /\p{M}|\u200d./gu;
/** Characters twice as wide as an `x`, between any two of which a line may break. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60]{1,4}/g;

/**
 * A text that says nothing but how much room it takes. White space stays; lengths of words are told in steps of four,
 * for that of a name is a part of it.
 */
export function maskText(text: string, { isStrict }: Policy): string {
  // Most texts need no second look.
  if (/[^\0-\x7f]/.test(text)) text = text.replace(MARKS, '').replace(WIDE, 'xxxxxxxx\u200b');
  return isStrict ? text.replace(/[^\s\u200b]{1,4}/gu, 'xxxx') : text.replace(/[^\s\u200b]/gu, 'x');
}

/** What is recorded of a text that is shown, by the level of the element it is in. */
export function textAt(text: string, level: Level, policy: Policy): string {
  const isShown = level < Level.MaskUnlessAllowlisted || (level === Level.MaskUnlessAllowlisted && isAllowlisted(text));
  return isShown ? text : maskText(text, policy);
}

/** Name, public and system id of a document type: below level allow those by which browsers choose a way of layout. */
export function docTypeAt({ name, publicId, systemId }: DocumentType, level: Level): string[] {
  if (!level) return [name, publicId, systemId];
  const isPublic = /^-\/\/(?:W3C|IETF)\/\/DTD X?HTML [\d.]+(?: Transitional| Frameset)?\/\/EN$/.test(publicId);
  return ['html', isPublic ? publicId : '', systemId && 'about:legacy-compat'];
}

/** Datadog's build plugin collects the texts of the application's own source, in lower case. */
function isAllowlisted(text: string): boolean {
  const allowed = (window as { $DD_ALLOW?: unknown }).$DD_ALLOW;
  return allowed instanceof Set && allowed.has(text.toLocaleLowerCase());
}
