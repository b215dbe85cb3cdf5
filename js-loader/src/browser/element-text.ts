/**
 * What a user reads on an element, for parts of a page whose privacy level allows it to be told. A chunk of its own:
 * by default nothing is read.
 */
import { NameSource } from '../fields.ts';
import type { CheckedOptions } from '../types.ts';
import { privacyLevel } from './privacy.ts';

/** Names an element by what is shown. */
export type ReadName = (element: Element, options: CheckedOptions) => [name: string, source: NameSource];

/** Whether texts and attributes of an element may be told. */
type MayTell = (element: Element) => boolean;

/** Characters, as Datadog's SDK cuts them. */
const MAX_LENGTH = 100;
/** Elements from the clicked one upwards that may stand for it. */
const MAX_LEVELS = 10;
/** Texts read of one element. */
const MAX_TEXTS = 200;

const ATTRIBUTES = ['alt', 'name', 'title', 'placeholder'];

/** What holds something the user typed or chose. */
const USER_INPUT =
  'input:not([type=button],[type=submit],[type=reset],[type=color]),textarea,select,option,datalist,optgroup,output,[contenteditable]';

/** The first name found, in Datadog's order: of the element or one around it, up to its form; else its text. */
export const readName: ReadName = (element, { defaultPrivacyLevel, enablePrivacyForActionName }) => {
  const mayTell: MayTell = (one) => {
    const level = privacyLevel(one, defaultPrivacyLevel);
    if (level === 'hidden') return false;
    return level === 'allow' || !enablePrivacyForActionName || (level === 'mask-user-input' && !one.closest(USER_INPUT));
  };
  return (
    climb(element, mayTell, standardName) ??
    climb(element, mayTell, (one) => [textOf(one, mayTell), NameSource.TextContent]) ?? ['', NameSource.Blank]
  );
};

function standardName(one: Element, mayTell: MayTell): [string | null | undefined, NameSource] {
  const { localName, labels, type, value, options } = one as HTMLInputElement & HTMLSelectElement;
  const text =
    (labels?.[0] && textOf(labels[0], mayTell)) ||
    (localName === 'input' && /^(button|submit|reset)$/.test(type) && value) ||
    (one.matches('button,label,a,[role=button],[role=link]') && textOf(one, mayTell));
  if (text) return [text, NameSource.TextContent];
  const root = one.getRootNode() as Document;
  const label = one.getAttribute('aria-label');
  const labelledBy = (one.getAttribute('aria-labelledby') ?? '').split(/\s+/).map((id) => id && root.getElementById(id));
  const named = labelledBy.map((other) => (other ? textOf(other, mayTell) : '')).join('');
  if (!label && named) return [named, NameSource.TextContent];
  return [
    label ||
      ATTRIBUTES.map((name) => one.getAttribute(name)).find(Boolean) ||
      (options?.[0] && textOf(options[0], mayTell)),
    NameSource.StandardAttribute,
  ];
}

function climb(
  element: Element,
  mayTell: MayTell,
  read: (one: Element, mayTell: MayTell) => [string | null | undefined, NameSource],
): [string, NameSource] | undefined {
  let one: Element | null = element;
  for (let level = 0; one && level < MAX_LEVELS && !/^(body|html|head)$/.test(one.localName); level++) {
    if (mayTell(one)) {
      const [name, source] = read(one, mayTell);
      const text = name?.trim().replace(/\s+/g, ' ');
      if (text) return [text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)} [...]` : text, source];
    }
    if (one.localName === 'form') break;
    one = one.parentElement;
  }
  return undefined;
}

/** The text inside, without what may not be told. */
function textOf(element: Element, mayTell: MayTell): string {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let text = '';
  for (let count = 0; count < MAX_TEXTS && text.length < MAX_LENGTH && walker.nextNode(); count++) {
    const { data, parentElement } = walker.currentNode as Text;
    if (parentElement && !parentElement.closest('script,style') && mayTell(parentElement)) text += ` ${data.trim()}`;
  }
  return text;
}
