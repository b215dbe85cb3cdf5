/**
 * Style sheets and style attributes without what could tell of the visitor. Names stay as they are or under their alias
 * (`tokens.ts`); strings stay where they name fonts and grids, and where they are signs and no text, as those of icon
 * fonts; addresses are those of `url.ts`; comments go. One pass over the text, by the rules CSS is read by.
 */
import { Level, type Policy } from './level.ts';
import { alias, aliasOfId, unescape } from './tokens.ts';
import { urlAt } from './url.ts';

/** A comment; a string; a word, perhaps with the parenthesis of a function; any other character. */
const TOKEN =
  /\/\*[^]*?(?:\*\/|$)|(["'])((?:\\[^]|(?!\1)[^\\\n\r\f])*)\1?|((?:\\(?:[\da-f]{1,6}\s?|[^\n\r\f\da-f])|[-\w\u0080-\uffff])+)(\(?)|[^]/gi;
/** What stands behind `url(`. */
const ADDRESS = /\s*(?:(["'])((?:\\[^]|(?!\1)[^\\])*)\1?[^)]*|((?:\\[^]|[^\\)])*))\)?/y;
/** Rules without any of this, which are most, need no second look. */
const SUSPECT = /["'\\]|\/\*|url\(|[a-z_-]\d{3}|[^\0-\x7f]|[\w-]{65}/i;

/** Properties whose strings are words of the design, and what these look like. */
const OF_WORDS = /^(?:font|grid|src$|syntax$)/;
const WORDS = /^(?!.*\d{3})[-\w .,<>|+*#%[\]]{0,64}$/;
/** No letter and no digit: a sign. */
const SIGN = /^[^\p{L}\p{N}]{0,2}$/u;
const HEX = /^[\da-f]{3,8}$/i;
/** What may stand in a custom property of a style attribute: code writes these, and not only about the design. */
const NEUTRAL = /^(?:-?\d{1,6}[a-z]{0,4}|var|calc|min|max|clamp|rgba?|hsla?)$/i;

/** The text of rules or declarations without literals of `content:` and without addresses that carry data. */
export function safeCss(css: string, base: string, policy: Policy): string {
  return cssAt(css, base, policy.fallback, policy.fallback > Level.Allow);
}

/** `hasAliases` is a matter of the page: names must read the same in sheets and elements. */
export function cssAt(css: string, base: string, level: Level, hasAliases: boolean, isInline?: boolean): string {
  const isDoubtful = isInline && level > Level.Allow && css.includes('--');
  if (!isDoubtful && !SUSPECT.test(css)) return css;
  let safe = '';
  let property = '';
  let isStart = true;
  let isSelector = false;
  const string = (text: string, literal: string): string => {
    if (isSelector && !property.startsWith('--')) return hasAliases ? `"${alias(text)}"` : literal;
    const isKept =
      (level < Level.MaskUnlessAllowlisted && property === 'content') || (OF_WORDS.test(property) && WORDS.test(text)) || SIGN.test(text);
    return isKept ? literal : '""';
  };
  const word = (text: string, literal: string, isHash: boolean): string => {
    if (isDoubtful && property.startsWith('--') && !text.startsWith('--') && !isStart) {
      if (!NEUTRAL.test(text) && !(isHash && HEX.test(text)) && !CSS.supports('color', text)) return '';
    }
    return !hasAliases || /^-?\d/.test(text) || (isHash && HEX.test(text)) ? literal : nameOf(text, literal);
  };
  TOKEN.lastIndex = 0;
  for (let match; (match = TOKEN.exec(css)); ) {
    const [literal, quote, quoted, written, parenthesis] = match;
    if (quote) safe += string(unescape(quoted!), quote + quoted + quote);
    else if (written) {
      const text = written.includes('\\') ? unescape(written) : written;
      if (parenthesis && /^(?:url|src)/i.test(text)) {
        ADDRESS.lastIndex = TOKEN.lastIndex;
        const [all, , inQuotes, bare] = ADDRESS.exec(css)!;
        TOKEN.lastIndex += all.length;
        safe += addressOf(unescape(inQuotes ?? bare ?? '').trim(), base, level, hasAliases);
      } else safe += word(text, written, css[match.index - 1] === '#') + parenthesis;
      if (isStart) property = text.toLowerCase();
      isStart = false;
    } else if (literal.length > 1) safe += '/**/';
    else if (literal !== '\\') {
      safe += literal;
      if (/[{};]/.test(literal)) [isStart, property, isSelector] = [true, '', false];
      else if (/\S/.test(literal)) isStart = false;
      if (literal === '[' || literal === ']') isSelector = literal === '[';
    }
  }
  return safe;
}

function nameOf(text: string, literal: string): string {
  const name = alias(text);
  return name === text ? literal : name;
}

function addressOf(url: string, base: string, level: Level, hasAliases: boolean): string {
  const address = url.startsWith('#') ? (hasAliases ? `#${aliasOfId(url.slice(1))}` : url) : urlAt(url, base, level);
  return `url("${address.replace(/["\\\n\r\f]/g, encodeURIComponent)}")`;
}
