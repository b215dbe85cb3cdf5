/**
 * Style sheets and style attributes without what could tell of the visitor. Names stay as they are or under their alias
 * (`tokens.ts`); strings stay where they name fonts and grids, and where they are signs and no text, as those of icon
 * fonts; addresses are those of `url.ts`; comments go. One pass over the text, by the rules CSS is read by.
 */
import { Level, type Policy } from './level.ts';
import { alias, aliasOfId, unescape } from './tokens.ts';
import { urlAt } from './url.ts';

/** A comment; a string; a word, perhaps with the parenthesis of a function; what stands between words; any other character. */
const TOKEN =
  /\/\*[^]*?(?:\*\/|$)|(["'])((?:\\[^]|(?!\1)[^\\\n\r\f])*)\1?|((?:\\(?:[\da-f]{1,6}\s?|[^\n\r\f\da-f])|[-\w\u0080-\uffff])+)(\(?)|[\s,.:>)]+|[^]/gi;
/** What stands behind `url(`, to its end. */
const ADDRESS = /\s*(["']|)((?:\\[^]|(?!\1\s{0,9}\))[^\\])*)\1\s*\)?/y;
/** Rules without any of this, which are most, need no second look. */
const SUSPECT = /["'\\*\x80-\uffff]|l\(/i;
/** A name with a number in it may get an alias. */
const NUMBERED = /[a-z_-]\d{3}/i;

/** Properties whose strings are names of the design. */
const OF_NAMES = /^(?:font|grid|src$)/;
/** No letter and no digit: a sign. */
const SIGN = /^[^\p{L}\p{N}]{0,2}$/u;

/** The text of rules or declarations without literals of `content:` and without addresses that carry data. */
export function safeCss(css: string, base: string, { fallback }: Policy): string {
  return cssAt(css, base, fallback, fallback);
}

/** A query of media without a type that is none: it matches nothing either way. */
export function safeMedia(query: string): string {
  return query.replace(/^((?:not|only) )?(?!(?:all|screen|print|not|only)\b)[\w-]+/i, '$1rum');
}

/** As `safeCss`, for something of a level. Aliases are a matter of the page, and so of its fallback. */
export function cssAt(css: string, base: string, level: Level, fallback: Level): string {
  if (!SUSPECT.test(css) && !(fallback && NUMBERED.test(css))) return css;
  let safe = '';
  let property = '';
  let isSelector = false;
  /** What a string becomes, if not what it is. */
  const ofString = (text: string): string | undefined => {
    if (isSelector && !property.startsWith('--')) return alias(text, fallback);
    const isKept = property === 'content' ? level < Level.MaskUnlessAllowlisted : OF_NAMES.test(property) && alias(text, Level.Mask) === text;
    return isKept || SIGN.test(text) ? text : '';
  };
  TOKEN.lastIndex = 0;
  for (let match; (match = TOKEN.exec(css)); ) {
    const [literal, quote, quoted, written, parenthesis] = match;
    const text = unescape(quoted ?? written ?? '');
    if (quote) {
      const other = ofString(text);
      safe += quote + (other === text ? quoted : other) + quote;
    } else if (parenthesis && /^(?:url|src)/i.test(text)) {
      ADDRESS.lastIndex = TOKEN.lastIndex;
      const [all, , address] = ADDRESS.exec(css)!;
      TOKEN.lastIndex += all.length;
      safe += addressOf(unescape(address!).trim(), base, level, fallback);
    } else if (written) {
      // Numbers with their units are words to us, and so are colors.
      const isName = !/^-?\d/.test(text) && !(css[match.index - 1] === '#' && /^[\da-f]{3,8}$/i.test(text));
      const other = isName ? alias(text, fallback) : text;
      safe += (other === text ? written : other) + parenthesis;
      property ||= text.toLowerCase();
    } else if (literal.startsWith('/*')) safe += '/**/';
    else if (literal !== '\\') {
      safe += literal;
      if (/[[\]]/.test(literal)) isSelector = literal === '[';
      if (/[{};]/.test(literal)) property = '';
    }
  }
  return safe;
}

function addressOf(url: string, base: string, level: Level, fallback: Level): string {
  const address = url[0] === '#' ? `#${aliasOfId(url.slice(1), fallback)}` : urlAt(url, base, level);
  return `url("${address.replace(/["\\\n\r\f]/g, encodeURIComponent)}")`;
}
