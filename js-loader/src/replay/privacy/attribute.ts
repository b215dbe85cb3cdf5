/**
 * Which attributes are recorded: the list of those that are; whatever is not on it is left out, unless a style sheet of
 * the page asks for it. Below level allow a value is recorded only where it is one of a few words, a measure, or what a
 * sheet names: an attribute that is harmless by its name may hold anything.
 */
import { Role } from '../ops.ts';
import { cssAt } from './css.ts';
import { isButton, isSecret, maySelect } from './element.ts';
import { Level, type Policy } from './level.ts';
import { linesOf } from './lines.ts';
import { remember } from './remember.ts';
import { textAt } from './text.ts';
import { alias, aliasOfId, classesAt, isNamed } from './tokens.ts';
import { urlAt } from './url.ts';

/** What an attribute's value is. */
const enum Kind {
  Class,
  Id,
  Style,
  Url,
  Urls,
  Value,
  Chosen,
  Type,
  /** A name that places content in a slot. */
  Slot,
  /** Read where it is shown. */
  Shown,
  /** Read elsewhere, or by those who do not see. */
  Label,
  /** A word of the language, a measure, or nothing but there. */
  Plain,
  /** Recorded at level allow only. */
  Open,
}

/** Attributes of SVG are known to its elements, or to CSS, and need no list. */
const KINDS = linesOf(
  'class',
  'id',
  'style',
  'href src poster background xlink:href',
  'srcset',
  'value',
  'checked selected',
  'type',
  'slot',
  'placeholder label',
  'title alt summary abbr',
  'dir rel align valign hidden open disabled readonly required multiple controls inert popover reversed nowrap wrap bgcolor width height colspan rowspan span size cols rows border cellpadding cellspacing start',
  'name for min max step lang media sizes part role tabindex contenteditable mathvariant displaystyle scriptlevel',
);

const WORD = /^(?:none|auto|ltr|rtl|left|right|center|middle|top|bottom|justify|until-found|stylesheet|[aAiI]|userSpaceOnUse|xM(?:in|id|ax)YM(?:in|id|ax)(?: slice)?)$/;

/** A number with its unit, and what path data and transformations put before it. No word is made of these. */
const MEASURE =
  /(?:[mlhvcsqta]|(?:translate|scale|rotate|skew[xy]|matrix)\(|)[\s,]{0,9}[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?:px|%|r?em|m?s)?|[z)\s,/]/gi;
/** What is no path is no longer. */
const MAX_NUMBER_LENGTH = 24;
/** A number of more digits, or of groups of them, measures nothing. */
const RECORD_NUMBER = /\d{6}|\d-\d/;

/** What kind of text an attribute's value is. */
export function roleOf(name: string): Role {
  const kind = KINDS.get(name);
  if (kind === Kind.Style) return Role.Css;
  return kind === Kind.Url || kind === Kind.Urls ? Role.Url : Role.AttributeValue;
}

/** What is recorded of an attribute's value; nothing if it is not recorded. */
export function attributeValue(element: Element, name: string, value: string, level: Level, policy: Policy): string | undefined {
  const kind = KINDS.get(name);
  const { fallback } = policy;
  const isOpen = !level;
  // Asked of each attribute of a page: what most of them are comes first.
  if (isOpen && !fallback && (kind === Kind.Class || name.startsWith('data-'))) return value;
  let text: string | undefined;
  if (kind === Kind.Class) {
    text = classesAt(value, isOpen, fallback);
  } else if (kind === Kind.Style) {
    // As the browser understood it: what is no declaration is not there.
    const css = cssAt((element as HTMLElement).style?.cssText ?? '', element.baseURI, level, fallback);
    text = isOpen ? css : css.split(';').filter(isDeclaration).join(';');
  } else if (kind === Kind.Id) {
    if (isOpen || isNamed(`#${value}`) || isSvg(element)) text = aliasOfId(value, fallback || level);
  } else if (kind === Kind.Url) {
    // A link without its address is still shown as a link.
    if (value[0] === '#' && isSvg(element)) text = `#${aliasOfId(value.slice(1), fallback || level)}`;
    else text = (level < Level.MaskUnlessAllowlisted && urlAt(value, element.baseURI, level)) || (element.localName === 'a' ? '' : undefined);
  } else if (kind === Kind.Urls) {
    if (level < Level.MaskUnlessAllowlisted) text = picturesOf(value, element.baseURI, level);
  } else if (kind === Kind.Value) {
    text = isButton(element) ? textAt(value, level, policy) : isOpen && !isSecret(element) ? value : undefined;
  } else if (kind === Kind.Chosen) {
    if (maySelect(element, level)) text = '';
  } else if (kind === Kind.Slot || (name === 'name' && element.localName === 'slot')) {
    text = value && alias(value, Level.Mask, true);
  } else if (kind === Kind.Shown) {
    text = textAt(value, level, policy);
  } else if (kind === Kind.Type && /^(?:input|button)$/.test(element.localName)) {
    // The browser's own word for it.
    text = (element as HTMLInputElement).type;
  } else if (isOpen ? kind || /^(?:data|aria)-/.test(name) : level === Level.MaskUserInput && kind === Kind.Label) {
    text = value;
  } else if (kind === Kind.Plain || kind === Kind.Type || (!/^(?:on|data-|aria-)|nonce/.test(name) && isSvg(element) && (isDrawn(element, name) || CSS.supports(name, 'inherit')))) {
    const id = /^url\(["']?#([^"'()\\]+)["']?\)$/.exec(value)?.[1];
    if (id) text = `url(#${aliasOfId(id, fallback || level)})`;
    else if ((isOpen && isSvg(element)) || isHarmless(`${name} ${value}`)) text = value;
    else if (kind) text = '';
  }
  // A sheet that asks for an attribute of this value gets it, as it asked.
  if (text === undefined && kind !== Kind.Value && kind !== Kind.Chosen && isNamed(`[${name}`)) {
    text = isNamed(`[${name}=${value}`) ? alias(value, fallback) : '';
  }
  return text;
}

/** Whether an attribute is one of SVG's. Scripts know some by another name: `stdDeviation` is two numbers, `in` a word of theirs. */
function isDrawn(element: Element, name: string): boolean {
  return [name, `${name}X`, `${name}1`].some((known) => known in element);
}

/** A `srcset`. By itself, for a function in a function costs each call of the outer one some bytes. */
const picturesOf = (value: string, base: string, level: Level): string =>
  value.split(/,\s+/).map((candidate) => pictureOf(candidate.trim().split(/\s+/), base, level)).join(', ');

/** A candidate of `srcset`. One that is written without white space behind its comma is lost. */
function pictureOf([url, size]: string[], base: string, level: Level): string {
  return urlAt(url!, base, level) + (/^[\d.]+[wx]$/.test(size!) ? ` ${size}` : '');
}

/** Whether the value of an attribute, with its name before it, says nothing but how something looks. */
const isHarmless = remember((text) => {
  const [, name, value] = /^(\S+) ([^]*)/.exec(text)!;
  return isPlain(value!) || isCss(name === 'bgcolor' ? 'color' : name!, value!);
});

const isSvg = (element: Element): boolean => element.namespaceURI === 'http://www.w3.org/2000/svg';

/** Whether a value is made of words of the language and of numbers. */
function isPlain(value: string): boolean {
  return WORD.test(value) || (!value.replace(MEASURE, '') && (value.length > MAX_NUMBER_LENGTH || !RECORD_NUMBER.test(value)));
}

/** Whether it is a value of that property: of one that takes no names of the page's, and no function that takes anything. */
function isCss(property: string, value: string): boolean {
  return !/[("'\\]/.test(value.replace(/^(?:rgb|hsl)a?\(/, '')) && CSS.supports(property, value) && !CSS.supports(property, 'rum-any');
}

const takesNames = remember((property) => /^--/.test(property) || CSS.supports(property, 'rum-any') || CSS.supports(property, '1px rum-any'));

/** Whether a declaration of a style attribute says nothing but how something looks. In some properties any name may stand. */
function isDeclaration(declaration: string): boolean {
  const [, property, value] = /^\s*([-\w]+): ?(.*)$/.exec(declaration) ?? [];
  if (!property) return false;
  return !takesNames(property) || isPlain(value!) || isCss('color', value!);
}
