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
/** What stands behind `url(`, to its end. */
const ADDRESS = /\s*(["']|)((?:\\[^]|(?!\1\s{0,9}\))[^\\])*)\1\s*\)?/y;
/** Rules without any of this, which are most, need no second look. */
const SUSPECT = /["'\\]|\/\*|url\(|[a-z_-]\d{3}|[^\0-\x7f]|[\w-]{65}/i;

/** Properties whose strings are names of the design. */
const OF_NAMES = /^(?:font|grid|src$)/;
/** No letter and no digit: a sign. */
const SIGN = /^[^\p{L}\p{N}]{0,2}$/u;
/** Code writes style attributes, and not only about the design: where any name may stand in one, only these do. */
const DOUBTFUL = /--|name|area|font|animation|grid|transition|will-|counter|list-|anchor|timeline|container|page/;
const NEUTRAL =
  /^(?:-?\d{1,6}[a-z]{0,4}|var|calc|min|max|clamp|rgba?|hsla?|none|auto|normal|inherit|initial|unset|span|serif|sans-serif|monospace|system-ui)$/i;

/** The text of rules or declarations without literals of `content:` and without addresses that carry data. */
export function safeCss(css: string, base: string, policy: Policy): string {
  return cssAt(css, base, policy.fallback, policy.fallback > Level.Allow);
}

/** A query of media without a type that is none: it matches nothing either way. */
export function safeMedia(query: string): string {
  return query.replace(/^((?:not|only) )?(?!(?:all|screen|print|not|only)\b)[\w-]+/i, '$1rum');
}

/** As that, for something of a level. Names must read the same all over the page, so `hasAliases` is a matter of the page. */
export function cssAt(css: string, base: string, level: Level, hasAliases: boolean, isInline?: boolean): string {
  const isDoubtful = isInline && level > Level.Allow && DOUBTFUL.test(css);
  if (!isDoubtful && !SUSPECT.test(css)) return css;
  let safe = '';
  let property = '';
  let isSelector = false;
  /** What replaces a string, if something does. */
  const ofString = (text: string): string | undefined => {
    if (isSelector && !property.startsWith('--')) return hasAliases ? alias(text) : undefined;
    const isKept = (level < Level.MaskUnlessAllowlisted && property === 'content') || (!isInline && OF_NAMES.test(property) && alias(text) === text) || SIGN.test(text);
    return isKept ? undefined : '';
  };
  const ofWord = (text: string, isHash: boolean): string | undefined => {
    if (isHash && /^[\da-f]{3,8}$/i.test(text)) return undefined;
    if (isDoubtful && property && !isNeutral(property, text)) return 'rum';
    return hasAliases && !/^-?\d/.test(text) ? alias(text) : undefined;
  };
  TOKEN.lastIndex = 0;
  for (let match; (match = TOKEN.exec(css)); ) {
    const [literal, quote, quoted, written, parenthesis] = match;
    const text = unescape(quoted ?? written ?? '');
    if (quote) {
      const other = ofString(text);
      safe += quote + (other ?? quoted) + quote;
    } else if (parenthesis && /^(?:url|src)/i.test(text)) {
      ADDRESS.lastIndex = TOKEN.lastIndex;
      const [all, , address] = ADDRESS.exec(css)!;
      TOKEN.lastIndex += all.length;
      safe += addressOf(unescape(address!).trim(), base, level, hasAliases);
    } else if (written) {
      const other = ofWord(text, css[match.index - 1] === '#');
      safe += (other === undefined || other === text ? written : other) + parenthesis;
      property ||= text.toLowerCase();
    } else if (literal.length > 1) safe += '/**/';
    else if (literal !== '\\') {
      safe += literal;
      if (/[[\]]/.test(literal)) isSelector = literal === '[';
      if (/[{};]/.test(literal)) property = '';
    }
  }
  return safe;
}

/** Whether a word tells nothing where it stands: the browser knows it, or lets no others stand there. */
function isNeutral(property: string, word: string): boolean {
  return (
    /^--/.test(word) ||
    NEUTRAL.test(word) ||
    (!property.startsWith('--') && !CSS.supports(property, 'rum-any')) ||
    CSS.supports('color', word) ||
    CSS.supports(word, 'inherit')
  );
}

function addressOf(url: string, base: string, level: Level, hasAliases: boolean): string {
  const address = url[0] === '#' ? (hasAliases ? `#${aliasOfId(url.slice(1))}` : url) : urlAt(url, base, level);
  return `url("${address.replace(/["\\\n\r\f]/g, encodeURIComponent)}")`;
}
