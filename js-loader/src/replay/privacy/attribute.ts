/**
 * Which attributes are recorded: the list of those that are; whatever is not on it is left out, unless a style sheet of
 * the page asks for it. Below level allow a value is recorded only where it is one of a few words, a measure, or what a
 * sheet names: an attribute that is harmless by its name may hold anything.
 */
import { Role } from '../ops.ts';
import { cssAt } from './css.ts';
import { isButton, isSecret, maySelect } from './element.ts';
import { Level, type Policy } from './level.ts';
import { linesOf } from './names.ts';
import { textAt } from './text.ts';
import { alias, aliasOfId, isNamed, namesKnown } from './tokens.ts';
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
  'name for min max step lang media tabindex sizes part contenteditable loop muted autoplay xmlns role',
);

const WORD =
  /^(?:true|false|mixed|none|auto|ltr|rtl|left|right|center|middle|top|bottom|baseline|justify|hard|soft|off|until-found|manual|hint|stylesheet|[aAiI]|userSpaceOnUse|objectBoundingBox|strokeWidth|pad|reflect|repeat|xM(?:in|id|ax)YM(?:in|id|ax)(?: meet| slice)?)$/;

/** A number with its unit, and what path data and transformations put before it. No word is made of these. */
const MEASURE =
  /(?:[mlhvcsqta]|(?:translate|scale|rotate|skew[xy]|matrix)\(|)[\s,]{0,9}[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?:px|%|r?em)?|[z)\s,]/gi;
/** What is no path is no longer. */
const MAX_NUMBER_LENGTH = 24;
/** A number of more digits, or of groups of them, measures nothing. */
const RECORD_NUMBER = /\d{6}|\d-\d/;

/** Class attributes seen before, and what is recorded of them while the sheets know as many names as they did. */
const classes = new Map<string, string>();
let namesThen = 0;
/** Pages with more of them make them up as they go. */
const MAX_CLASSES = 10_000;

/** What is recorded of an attribute's value, and what kind of text it is; nothing if it is not recorded. */
export function attributeValue(element: Element, name: string, value: string, level: Level, policy: Policy): [text: string, role: Role] | undefined {
  const kind = KINDS.get(name);
  // A matter of the page, not of the element: names must read the same in sheets and elements.
  const hasAliases = policy.fallback > Level.Allow;
  const isOpen = level === Level.Allow;
  const isReadable = level < Level.MaskUnlessAllowlisted;
  const asIs = (token: string): string => (hasAliases ? alias(token) : token);
  let role = Role.AttributeValue;
  let text: string | undefined;
  if (kind === Kind.Class) {
    text = isOpen ? value.replace(/\S+/g, asIs) : classesOf(value, asIs);
  } else if (kind === Kind.Style) {
    // As the browser understood it: what is no declaration is not there.
    text = cssAt((element as HTMLElement).style?.cssText ?? '', element.baseURI, level, hasAliases, true);
    role = Role.Css;
  } else if (kind === Kind.Id) {
    if (isOpen || isSvg(element) || isNamed(`#${value}`)) text = isOpen ? (hasAliases ? aliasOfId(value) : value) : aliasOfId(value);
  } else if (kind === Kind.Url) {
    role = Role.Url;
    if (value[0] === '#' && isSvg(element)) text = `#${isOpen && !hasAliases ? value.slice(1) : aliasOfId(value.slice(1))}`;
    // A link without its address is still shown as a link.
    else text = urlAt(value, element.baseURI, level) || (element.localName === 'a' ? '' : undefined);
  } else if (kind === Kind.Urls) {
    role = Role.Url;
    if (isReadable) text = value.replace(/(^\s*|,\s+)(\S*[^\s,])/g, (_, before: string, url: string) => before + urlAt(url, element.baseURI, level));
  } else if (kind === Kind.Value) {
    text = isButton(element) ? textAt(value, level, policy) : isOpen && !isSecret(element) ? value : undefined;
  } else if (kind === Kind.Chosen) {
    if (maySelect(element, level)) text = '';
  } else if (kind === Kind.Slot || (name === 'name' && element.localName === 'slot')) {
    text = value && alias(value, true);
  } else if (kind === Kind.Shown) {
    text = textAt(value, level, policy);
  } else if (kind === Kind.Type && /^(?:input|button)$/.test(element.localName)) {
    // The browser's own word for it.
    text = (element as HTMLInputElement).type;
  } else if (isOpen ? kind || /^(?:data|aria)-/.test(name) : isReadable && kind === Kind.Label) {
    text = value;
  } else if (kind === Kind.Plain || kind === Kind.Type || (isSvg(element) && (name in element || CSS.supports(name, 'inherit')))) {
    text = plainValue(name, value) ?? (kind === undefined ? kind : '');
  }
  // A sheet that asks for an attribute of this value gets it, as it asked.
  if (text === undefined && kind !== Kind.Value && kind !== Kind.Chosen && isNamed(`[${name}`)) {
    text = isNamed(`[${name}=${value}`) ? asIs(value) : '';
  }
  return text === undefined ? undefined : [text, role];
}

/** A value that is made of the language and of numbers only. */
function plainValue(name: string, value: string): string | undefined {
  const [, id] = /^url\(["']?#([^"'()\\]+)["']?\)$/.exec(value) ?? [];
  if (id) return `url(#${aliasOfId(id)})`;
  const isMeasure = !value.replace(MEASURE, '') && (value.length > MAX_NUMBER_LENGTH || !RECORD_NUMBER.test(value));
  return isMeasure || WORD.test(value) || isCss(name === 'bgcolor' ? 'color' : name, value) ? value : undefined;
}

/** Whether it is a value of that property: of one that takes no names of the page's, and no function that takes anything. */
function isCss(property: string, value: string): boolean {
  return !/[("'\\]/.test(value.replace(/^(?:rgb|hsl)a?\(/, '')) && CSS.supports(property, value) && !CSS.supports(property, 'rum-any');
}

function isSvg(element: Element): boolean {
  return 'ownerSVGElement' in element;
}

function classesOf(value: string, asIs: (token: string) => string): string | undefined {
  if (namesThen !== namesKnown() || classes.size > MAX_CLASSES) classes.clear();
  namesThen = namesKnown();
  let known = classes.get(value);
  if (known === undefined) {
    known = value.split(/\s+/).filter((token) => isNamed(`.${token}`)).map(asIs).join(' ');
    classes.set(value, known);
  }
  return known || undefined;
}
