/**
 * Which attributes are recorded: the list of those that are; whatever is not on it is left out, unless a style sheet of
 * the page asks for it. Below level allow a value is recorded only where it is one of a few words, a measure, or what a
 * sheet names: an attribute that is harmless by its name may hold anything.
 */
import { Role } from '../ops.ts';
import { cssAt } from './css.ts';
import { isButton, isSecret, maySelect } from './element.ts';
import { Level, type Policy } from './level.ts';
import { isAllowlisted, textAt } from './text.ts';
import { alias, aliasOfId, isNamed, namesKnown } from './tokens.ts';
import { urlAt } from './url.ts';

/** What an attribute's value is. */
const enum Kind {
  Class,
  Id,
  Style,
  Media,
  /** One of `WORDS`, or nothing but there. */
  Word,
  /** Numbers, and what geometry is written with. */
  Measure,
  Color,
  /** A name that places content in a slot. */
  Slot,
  /** Read by visitors, where they see it; else a label for those who do not see. */
  Shown,
  Label,
  Url,
  UrlSet,
  Type,
  Value,
  Chosen,
  Namespace,
  /** Recorded at level allow only. */
  Open,
}

const KINDS = new Map<string, Kind>();
[
  'class',
  'id',
  'style',
  'media',
  'role dir rel align valign hidden open disabled readonly required multiple controls inert popover reversed nowrap wrap xml:space gradientUnits patternUnits patternContentUnits clipPathUnits maskUnits maskContentUnits markerUnits primitiveUnits spreadMethod preserveAspectRatio orient',
  'width height colspan rowspan span size cols rows border cellpadding cellspacing hspace vspace start x y x1 y1 x2 y2 cx cy r rx ry fx fy fr dx dy d points viewBox transform gradientTransform patternTransform offset pathLength textLength startOffset refX refY markerWidth markerHeight stdDeviation',
  'bgcolor color',
  'slot',
  'placeholder label',
  'title alt summary abbr',
  'href src poster background xlink:href',
  'srcset',
  'type',
  'value',
  'checked selected',
  'xmlns',
  'name for min max step low high optimum lang tabindex sizes part contenteditable loop muted autoplay scope shape coords usemap draggable spellcheck autocomplete',
].forEach((names, kind) => {
  for (const name of names.split(' ')) KINDS.set(name, kind);
});

const WORDS = new Set(
  'true false mixed page step location date time menu listbox tree grid dialog horizontal vertical ascending descending other none off polite assertive inline list both grammar spelling ltr rtl auto left right center middle top bottom baseline justify hard soft until-found manual hint button link tab tabpanel tablist menuitem checkbox radio switch option alert status img navigation main banner search form region presentation listitem heading table row cell toolbar tooltip treeitem combobox textbox stylesheet alternate preserve userSpaceOnUse objectBoundingBox strokeWidth pad reflect repeat meet slice xMinYMin xMidYMin xMaxYMin xMinYMid xMidYMid xMaxYMid xMinYMax xMidYMax xMaxYMax disc circle square 1 a A i I'.split(
    ' ',
  ),
);

/** A number with its unit, and what path data and transformations put before it. No word is made of these. */
const MEASURE =
  /(?:[mlhvcsqta]|(?:translate|scale|rotate|skew[xy]|matrix)\(|)[\s,]{0,9}[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?:px|%|r?em|deg|pt)?|[z)\s,]/gi;
/** A number of more digits measures nothing. Paths and points are made of many. */
const MAX_DIGITS = /\d{6}|^\D*\d{3}\D\d\d\D\d{4}\D*$/;

/** Class attributes seen before and what is recorded of them, while the sheets ask for the same names. */
const classes = new Map<string, string>();
let classesFor = 0;
/** Pages with more of them make them up as they go. */
const MAX_CLASSES = 10_000;

/** What is recorded of an attribute's value, and what kind of text it is; nothing if it is not recorded. */
export function attributeValue(element: Element, name: string, value: string, level: Level, policy: Policy): [text: string, role: Role] | undefined {
  const kind = KINDS.get(name);
  const hasAliases = policy.fallback > Level.Allow;
  let role = Role.AttributeValue;
  let text: string | undefined;
  if (kind === Kind.Style) {
    // As the browser understood it: what is no declaration is not there.
    const declarations = (element as HTMLElement).style?.cssText;
    text = declarations && cssAt(declarations, element.baseURI, level, hasAliases, true);
    role = Role.Css;
  } else if (kind === Kind.Media) {
    text = cssAt(value, '', level, hasAliases);
  } else if (kind === Kind.Class) {
    text = level > Level.Allow ? classesOf(value, hasAliases) : hasAliases ? value.replace(/\S+/g, (token) => alias(token)) : value;
  } else if (kind === Kind.Id) {
    if (level === Level.Allow && !hasAliases) text = value;
    else if (level === Level.Allow || isSvg(element) || isNamed(`#${value}`)) text = aliasOfId(value);
  } else if (kind === Kind.Slot || (name === 'name' && element.localName === 'slot')) {
    text = value && alias(value, true);
  } else if (kind === Kind.Url || kind === Kind.UrlSet) {
    [text, role] = [addressIn(element, name, value, level, hasAliases), Role.Url];
  } else if (kind === Kind.Chosen) {
    text = maySelect(element, level) ? '' : undefined;
  } else if (kind === Kind.Value) {
    text = valueOf(element, value, level, policy);
  } else if (kind === Kind.Shown || kind === Kind.Label || (level === Level.MaskUserInput && name.startsWith('aria-'))) {
    if (level < Level.MaskUnlessAllowlisted || kind === Kind.Shown || (level === Level.MaskUnlessAllowlisted && isAllowlisted(value))) {
      text = textAt(value, level, policy);
    }
  } else if (level === Level.Allow && (kind !== undefined || /^(?:data|aria)-/.test(name))) {
    text = value;
  } else {
    text = plainValue(element, name, value, kind);
  }
  // A sheet that asks for an attribute of this value gets it, as it asked.
  if (text === undefined && kind !== Kind.Value && kind !== Kind.Chosen && isNamed(`[${name}`)) {
    text = isNamed(`[${name}=${value}`) ? (hasAliases ? alias(value) : value) : '';
  }
  return text === undefined ? undefined : [text, role];
}

/** What a value may say below level allow. */
function plainValue(element: Element, name: string, value: string, kind: Kind | undefined): string | undefined {
  switch (kind) {
    case Kind.Word:
      return isOfWords(value) ? value : '';
    case Kind.Type:
      // The browser's own word for fields and buttons.
      return /^(?:input|button)$/.test(element.localName) ? (element as HTMLInputElement).type : isOfWords(value) ? value : undefined;
    case Kind.Measure:
      return isMeasure(value) || isOfWords(value) ? value : undefined;
    case Kind.Color:
      return isCss('color', value) ? value : undefined;
    case Kind.Namespace:
      return value === element.namespaceURI ? value : undefined;
    case undefined:
      if (name.startsWith('aria-')) return isOfWords(value) ? value : undefined;
      return isSvg(element) ? paintOf(name, value) : undefined;
    default:
      return undefined;
  }
}

/** Presentation attributes of SVG are properties of CSS, of which the browser knows what they may say. */
function paintOf(name: string, value: string): string | undefined {
  const reference = /^\s*url\(\s*["']?#([^"'()\\]+)["']?\s*\)\s*$/.exec(value);
  if (reference) return CSS.supports(name, 'url(#a)') ? `url(#${aliasOfId(reference[1]!)})` : undefined;
  // What takes any name says nothing about this one.
  return (isCss(name, value) || (isMeasure(value) && CSS.supports(name, '1px'))) && !CSS.supports(name, 'rum-any') ? value : undefined;
}

/** Whether it is a value of that property, and no function that takes whatever it is given. */
function isCss(property: string, value: string): boolean {
  return !/[("'\\]/.test(value.replace(/^(?:rgb|hsl)a?\(/i, '')) && CSS.supports(property, value);
}

function isMeasure(value: string): boolean {
  return value.replace(MEASURE, '') === '' && (value.length > 24 || !MAX_DIGITS.test(value));
}

function isOfWords(value: string): boolean {
  return WORDS.has(value) || value.split(' ').every((word) => WORDS.has(word));
}

function isSvg({ namespaceURI }: Element): boolean {
  return namespaceURI === 'http://www.w3.org/2000/svg';
}

function classesOf(value: string, hasAliases: boolean): string | undefined {
  if (classesFor !== namesKnown() || classes.size > MAX_CLASSES) {
    classes.clear();
    classesFor = namesKnown();
  }
  let known = classes.get(value);
  if (known === undefined) {
    const tokens = value.split(/\s+/).filter((token) => isNamed(`.${token}`));
    known = (hasAliases ? tokens.map((token) => alias(token)) : tokens).join(' ');
    classes.set(value, known);
  }
  return known || undefined;
}

function addressIn(element: Element, name: string, value: string, level: Level, hasAliases: boolean): string | undefined {
  const base = element.baseURI;
  if (name === 'srcset') {
    if (level > Level.MaskUserInput) return undefined;
    const candidates = value.split(/,\s+/).map((candidate) => {
      const [url, size] = candidate.trim().split(/\s+/);
      return `${urlAt(url!, base, level)} ${/^[\d.]+[wxh]$/.test(size!) ? size : ''}`;
    });
    return candidates.join(', ');
  }
  if (value.startsWith('#') && isSvg(element)) return `#${hasAliases || level > Level.Allow ? aliasOfId(value.slice(1)) : value.slice(1)}`;
  // A link without its address is still shown as a link.
  return urlAt(value, base, level) || (element.localName === 'a' ? '' : undefined);
}

function valueOf(element: Element, value: string, level: Level, policy: Policy): string | undefined {
  if (isButton(element)) return textAt(value, level, policy);
  if (level === Level.Allow) return isSecret(element) ? undefined : value;
  return level === Level.MaskUserInput && /^(?:progress|meter|li)$/.test(element.localName) && isMeasure(value) ? value : undefined;
}
