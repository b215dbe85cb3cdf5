/** What is decided of an element before its attributes and children are looked at. */
import { ownLevel } from '../../browser/privacy.ts';
import { attribute, attributeNames, localName } from '../natives.ts';
import { Level, LEVELS, type Policy } from './level.ts';
import { linesOf } from './lines.ts';
import { maskText, textAt } from './text.ts';

/** What the walk does with an element. */
export const enum Fate {
  /** Recorded with its children. */
  Shown = 0,
  /** Recorded without attributes and children, as a box of its size. */
  Boxed = 1,
  /** Not recorded. */
  Left = 2,
}

/** What an element is by its name. */
const enum Trait {
  /** Nothing of it is shown. */
  Unseen,
  /** A picture, or what shows one. */
  Picture,
  Link,
  // From here to `Answer` what stands in it is masked beside the page's own texts.
  /** One of what visitors choose from. */
  Choice,
  /** All of it. */
  Choices,
  /** A field whose text is what visitors type or have chosen. */
  TextField,
  /** Its text is what visitors are answered. */
  Answer,
  Field,
}

const TRAITS = linesOf(
  'script noscript template meta title desc metadata base noembed noframes param',
  'img video audio embed object',
  'link',
  'option optgroup',
  'datalist',
  'textarea select',
  'output',
  'input',
);

/** What an element is by its name; nothing for most. */
export const traitOf = (element: Element): Trait | undefined => TRAITS.get(localName(element));

/** Within these nothing is shown more openly than they are: what stands in them is typed or chosen. */
const USER_INPUT = 'textarea,select,datalist,[contenteditable]';

/** Fields that are never recorded, by how they are named or what they ask the browser to fill in. */
const SECRET = /passw|pwd|ssn|social.?sec|cvv|cvc|iban|otp|\bcc-|card.?n|one-time-code/i;
/** Datadog masks these however open the page is. */
const MASKED = /^(?:email|tel)$/;
/** Fields once found to be secret: showing a password makes a text field of it. */
const secrets = new WeakSet<Element>();

/** A change of this attribute may change the level or the fate of its element. */
export function changesLevel(attributeName: string): boolean {
  return /^(?:class|id|name|type|rel|autocomplete|contenteditable|data-(?:rum|dd)-privacy)$/.test(attributeName);
}

/** Attributes an element says its level by, beside its class. */
const LEVEL_NAMES = new Set(['data-rum-privacy', 'data-dd-privacy', 'contenteditable']);

/** What an attribute holds. Null: set for a namespace in letters that are not a name's in HTML. */
export const valueOf = (element: Element, name: string): string => attribute(element, name) ?? '';

/** By itself, for a function in a function costs each call of the outer one some bytes. */
const valuesOf = (element: Element, names: string[]): string[] => names.map((name) => valueOf(element, name));

/** Whether an element may say its level. Asked of each, and most have nothing but a class; so without a function for each. */
function saysLevel(names: string[], values: string[]): boolean {
  for (let index = 0; index < names.length; index++) {
    const name = names[index]!;
    if (name === 'class' ? values[index]!.includes('dd-privacy-') : LEVEL_NAMES.has(name)) return true;
  }
  return false;
}

/** The level of an element, from its parent's; what cannot be decided is hidden. */
export function levelOf(
  element: Element,
  inherited: Level,
  policy: Policy,
  trait = traitOf(element),
  names = attributeNames(element),
  values = valuesOf(element, names),
): Level {
  if (inherited === Level.Hidden) return inherited;
  try {
    let level: Level = inherited;
    let isEditable = false;
    if (saysLevel(names, values)) {
      const name = ownLevel(element);
      if (name !== undefined) {
        level = LEVELS.indexOf(name);
        if (level < Level.Allow) level = Level.Hidden;
        if (level < inherited && (policy.isLocked || element.parentElement?.closest(USER_INPUT))) level = inherited;
      }
      isEditable = level < Level.Mask && (element.getAttribute('contenteditable') ?? 'false') !== 'false';
    }
    // Asked of all fields, shown openly or not: they may be later on.
    const isClosed = (trait! >= Trait.TextField || isEditable) && (isSecret(element) || MASKED.test((element as HTMLInputElement).type));
    const isMasked = isClosed || (level > Level.Allow && (isEditable || (trait! >= Trait.Choice && trait! < Trait.Field)));
    return isMasked && level < Level.Mask ? Level.Mask : level;
  } catch {
    return Level.Hidden;
  }
}

/** Whether what stands in an element is never shown more openly than it is: one of `USER_INPUT`. */
export function takesInput(trait: Trait | undefined, names: string[]): boolean {
  return trait === Trait.Choices || trait === Trait.TextField || names.includes('contenteditable');
}

/** What becomes of an element of that level. */
export function fateOf(element: Element, level: Level, trait = traitOf(element)): Fate {
  if (trait === Trait.Unseen || (trait === Trait.Link && !/\bstylesheet\b/i.test(element.getAttribute('rel')!))) return Fate.Left;
  return level === Level.Hidden || (trait === Trait.Picture && level > Level.MaskUserInput) ? Fate.Boxed : Fate.Shown;
}

/** What may be recorded of the value of a form field, as it is at this moment; masked, or nothing. */
export function fieldValue(element: Element, level: Level, policy: Policy): string | undefined {
  const { type, value } = element as HTMLInputElement;
  if (isSecret(element) || type === 'file') return undefined;
  if (isButton(element)) return textAt(value, level, policy);
  if (level === Level.Allow) return value;
  // Other kinds of fields show no text, and take none.
  return /^text|^(?:search|tel|url|email|number)$/.test(type) ? maskText(value, policy) : undefined;
}

/** Whether it may be told that a checkbox, radio button or option is chosen. */
export function maySelect(element: Element, level: Level): boolean {
  return level === Level.Allow && !isSecret(element);
}

/** Whether the value of a field is its label. */
export function isButton(element: Element): boolean {
  return element.localName === 'input' && /^(?:button|submit|reset)$/.test((element as HTMLInputElement).type);
}

/** Whether nothing may ever be told of what a field holds. */
export function isSecret(element: Element): boolean {
  if (secrets.has(element)) return true;
  // A line each: no dot of the pattern goes on to the next.
  const words = ['autocomplete', 'name', 'id'].map((name) => element.getAttribute(name)).join('\n');
  const is = /^(?:password|hidden)$/.test((element as HTMLInputElement).type) || SECRET.test(words);
  if (is) secrets.add(element);
  return is;
}
