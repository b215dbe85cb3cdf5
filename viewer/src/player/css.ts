/**
 * Style sheets of strangers, made harmless and fit for a still picture: whatever names an address outside is taken out (the
 * frame's policy forbids it as well), and what a frame nobody is in cannot be (hovered, focused, full screen) becomes an
 * attribute that the renderer sets. The text is read in the tokens of CSS (css-syntax-3): an address hides in `u\72l(`
 * as well as in `url(`.
 */
import { MARK } from './marks.ts';

/** Selectors that become marks. `:focus-within` is marked as well: its own specificity stays. */
const MARKED: Readonly<Record<string, string>> = {
  hover: `[${MARK}hover]`,
  focus: `[${MARK}focus]`,
  'focus-visible': `[${MARK}focus]`,
  'focus-within': `[${MARK}focus-within]`,
  active: `[${MARK}active]`,
  fullscreen: `[${MARK}fullscreen]`,
  '-webkit-full-screen': `[${MARK}fullscreen]`,
};

/** Functions whose quoted arguments are addresses. */
const ADDRESS_FUNCTIONS = new Set(['url', 'src', 'image', 'image-set', '-webkit-image-set', 'cross-fade', '-webkit-cross-fade', 'element', '-moz-element']);

/** Functions whose value is told elsewhere. */
const SUBSTITUTIONS = /^(?:var|attr|env|if|inherit|ident|first-valid|toggle|random-item|--.*)$/;

/** At-rules that fetch, or that mean something only where they stand first. */
const DROPPED_RULES = new Set(['import', 'namespace', 'charset', 'document', '-moz-document']);

/** Properties that run code in browsers of old; the values are dropped with them. */
const DROPPED_PROPERTIES = new Set(['behavior', '-ms-behavior', '-moz-binding']);

/** Stands where an address was: valid, and empty. */
const NO_ADDRESS = 'data:,';

/** In place of a rule that is dropped, so that the others keep their numbers. */
export const EMPTY_RULE = '@media not all{}';

/** What none of the rules below is about is passed on as it is: most sheets of frameworks, quickly. */
const SUSPICIOUS = /[\\]|url|src|image|cross-fade|element|@(?:import|namespace|charset|(?:-moz-)?document)|expression|behavior|binding|hover|focus|active|full-?screen/i;

interface Token {
  readonly kind: 'word' | 'at' | 'function' | 'text' | 'url' | 'comment' | 'other';
  /** As it stands. */
  readonly raw: string;
  /** Without its escapes and quotes: a name in lower case, an address as it is. */
  readonly value: string;
}

/** Rules; nothing of a text that cannot be read. */
export function safeCss(css: string): string {
  return rewriteOr(css, true);
}

/** Declarations, as in a style attribute. */
export function safeDeclarations(css: string): string {
  return rewriteOr(css, false);
}

/** Whether an address may be loaded: it holds the image or font itself. SVG in an image neither runs nor fetches anything. */
export function isInline(address: string): boolean {
  return /^data:(?:image\/|font\/|application\/(?:x-)?font)/i.test(trimmed(address));
}

/** Browsers ignore spaces before an address and tabs and line ends within. */
export function trimmed(address: string): string {
  return address.replace(/^[\u0000-\u0020]+|[\t\n\r]/g, '');
}

/** Regular expressions give up on texts that are long and odd enough. */
function rewriteOr(css: string, hasRules: boolean): string {
  try {
    return rewrite(css, hasRules);
  } catch {
    return '';
  }
}

function rewrite(css: string, hasRules: boolean): string {
  if (!SUSPICIOUS.test(css)) return css;
  let out = '';
  // Tokens since the last `{`, `}` or `;`: the beginning of a rule or a declaration, as what follows them tells.
  let chunk: Token[] = [];
  let depth = 0;
  for (const token of tokens(css)) {
    if (token.kind === 'function' || token.raw === '(' || token.raw === '[') depth += 1;
    else if (token.raw === ')' || token.raw === ']') depth = Math.max(0, depth - 1);
    if (token.raw !== '{' && token.raw !== '}' && (token.raw !== ';' || depth > 0)) {
      chunk.push(token);
      continue;
    }
    const isDropped = isDroppedRule(chunk);
    // A lone semicolon would spoil the rule behind it.
    if (!isDropped) out += written(chunk, hasRules && token.raw === '{') + token.raw;
    else if (token.raw !== ';') out += (token.raw === '{' ? '@media not all' : '') + token.raw;
    chunk = [];
    depth = 0;
  }
  return isDroppedRule(chunk) ? out : out + written(chunk, false);
}

function firstOf(chunk: readonly Token[]): Token | undefined {
  return chunk.find(({ kind, raw }) => kind !== 'comment' && raw.trim() !== '');
}

function isDroppedRule(chunk: readonly Token[]): boolean {
  const first = firstOf(chunk);
  return first?.kind === 'at' && DROPPED_RULES.has(first.value);
}

function written(chunk: readonly Token[], isPrelude: boolean): string {
  const first = firstOf(chunk);
  if (!isPrelude && first?.kind === 'word' && DROPPED_PROPERTIES.has(first.value)) return '';
  if (isPrelude && (first?.kind !== 'at' || first.value === 'scope')) return selector(chunk);
  let text = '';
  const functions: string[] = [];
  for (const token of chunk) {
    if (token.kind === 'function') functions.push(token.value);
    else if (token.raw === '(') functions.push('');
    else if (token.raw === ')') functions.pop();
    text += valuePart(token, functions);
  }
  return text;
}

function selector(chunk: readonly Token[]): string {
  let text = '';
  for (const token of chunk) {
    const mark = token.kind === 'word' && Object.hasOwn(MARKED, token.value) ? MARKED[token.value] : undefined;
    const isPseudoClass = mark !== undefined && text.endsWith(':') && !text.endsWith('::');
    text = isPseudoClass ? text.slice(0, -1) + mark : text + (token.kind === 'url' ? '' : token.raw);
  }
  return text;
}

function valuePart(token: Token, functions: readonly string[]): string {
  if (token.kind === 'url') return isHarmless(token.value) ? token.raw : `url(${NO_ADDRESS})`;
  if (token.kind === 'text' && functions.some((name) => ADDRESS_FUNCTIONS.has(name)) && !isHarmless(token.value)) return `"${NO_ADDRESS}"`;
  // What stands for a text that is elsewhere could stand for an address.
  const isArgument = functions.slice(0, -1).some((name) => ADDRESS_FUNCTIONS.has(name));
  if (token.kind === 'function' && isArgument && SUBSTITUTIONS.test(token.value)) return `none-${token.raw}`;
  // `expression(` of old browsers becomes the name of a function that no browser has.
  if (token.kind === 'function' && token.value === 'expression') return 'none-expression(';
  return token.raw;
}

/** In the document itself (`#gradient`), or inline. */
function isHarmless(address: string): boolean {
  return trimmed(address).startsWith('#') || isInline(address) || trimmed(address) === NO_ADDRESS;
}

const ESCAPE = '\\\\(?:[0-9a-fA-F]{1,6}(?:\\r\\n|[ \\t\\r\\n\\f])?|[^\\r\\n\\f0-9a-fA-F])';
const NAME = `(?:[-_a-zA-Z0-9\\u0080-\\uffff]|${ESCAPE})+`;
/** One token after another; what is none of them is passed on character by character. */
const TOKEN = new RegExp(
  [
    '(?<comment>/\\*[\\s\\S]*?(?:\\*/|$))',
    `(?<text>"[^"\\\\\\n\\r\\f]*(?:\\\\[\\s\\S][^"\\\\\\n\\r\\f]*)*(?:"|$|(?=[\\n\\r\\f]))|'[^'\\\\\\n\\r\\f]*(?:\\\\[\\s\\S][^'\\\\\\n\\r\\f]*)*(?:'|$|(?=[\\n\\r\\f])))`,
    `@(?<at>${NAME})`,
    `(?<word>${NAME})(?<call>\\()?`,
    '(?<other>[ \\t\\r\\n\\f]+|[\\s\\S])',
  ].join('|'),
  'y',
);
/** What is left of `url(` without quotes. */
const BARE_ADDRESS = /[ \t\n\r\f]*((?:[^"'()\\ \t\n\r\f]|\\[\s\S])*)[ \t\n\r\f]*\)/y;
const QUOTE_AHEAD = /[ \t\n\r\f]*["']/y;

function* tokens(css: string): Generator<Token> {
  let at = 0;
  while (at < css.length) {
    TOKEN.lastIndex = at;
    const { comment, text, at: rule, word, call } = TOKEN.exec(css)?.groups ?? {};
    const raw = css.slice(at, TOKEN.lastIndex || css.length);
    at += raw.length;
    if (comment !== undefined) yield { kind: 'comment', raw: '/**/', value: '' };
    else if (text !== undefined) yield { kind: 'text', raw, value: unescaped(text.slice(1, text.length > 1 && text.endsWith(text[0] as string) ? -1 : undefined)) };
    else if (rule !== undefined) yield { kind: 'at', raw, value: unescaped(rule).toLowerCase() };
    else if (word !== undefined && call === undefined) yield { kind: 'word', raw, value: unescaped(word).toLowerCase() };
    else if (word !== undefined) {
      const name = unescaped(word).toLowerCase();
      QUOTE_AHEAD.lastIndex = at;
      if (name !== 'url' || QUOTE_AHEAD.test(css)) yield { kind: 'function', raw, value: name };
      else {
        const end = addressEnd(css, at);
        BARE_ADDRESS.lastIndex = at;
        yield { kind: 'url', raw: css.slice(at - raw.length, end), value: unescaped(BARE_ADDRESS.exec(css)?.[1] ?? 'bad:') };
        at = end;
      }
    } else yield { kind: 'other', raw, value: '' };
  }
}

/** Where a bare address ends: also one that is broken, which a browser skips up to its parenthesis. */
function addressEnd(css: string, from: number): number {
  let at = from;
  while (at < css.length && css[at] !== ')') at += css[at] === '\\' ? 2 : 1;
  return Math.min(css.length, at + 1);
}

function unescaped(text: string): string {
  return text.replace(/\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\s\S])|$)/g, (_, hex: string | undefined, other: string | undefined) => {
    if (hex === undefined) return other === undefined || /^[\r\n\f]/.test(other) ? '' : other;
    const code = Number.parseInt(hex, 16);
    return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '\ufffd' : String.fromCodePoint(code);
  });
}
