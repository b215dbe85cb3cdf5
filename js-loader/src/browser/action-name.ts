/**
 * The name of a clicked element: the explicit attribute; else, where the privacy level allows it, what its user
 * reads on it; else its role and id, such as `button#refill`.
 */
import { NameSource } from '../fields.ts';
import type { CheckedOptions } from '../types.ts';
import type { ReadName } from './element-text.ts';
import { privacyLevel } from './privacy.ts';
import { PLAIN_WORD } from './selector.ts';

/** Makes the function that names; nothing is the name of what is hidden. */
export function createNaming(options: CheckedOptions) {
  const { actionNameAttribute, defaultPrivacyLevel, enablePrivacyForActionName } = options;
  /** Reading texts is for pages that allow it; until it is here, elements are named as if masked. */
  let readName: ReadName | undefined;
  const mayTell = (level: string): boolean => !enablePrivacyForActionName || /^allow|input$/.test(level);
  const load = (): void => {
    import('./element-text.ts').then((module) => (readName = module.readName), () => {});
  };
  if (mayTell(defaultPrivacyLevel)) load();

  return (clicked: Element, element: Element): [name: string, source: NameSource] | undefined => {
    const level = privacyLevel(clicked, defaultPrivacyLevel);
    if (level === 'hidden') return undefined;
    for (const attribute of [actionNameAttribute, 'data-rum-action-name', 'data-dd-action-name']) {
      const name = attribute && clicked.closest(`[${attribute}]`)?.getAttribute(attribute);
      if (name) return [name, NameSource.CustomAttribute];
    }
    if (mayTell(level)) {
      if (readName) return readName(element, options);
      load();
    }
    const { localName, id, role } = element;
    const word = PLAIN_WORD.test(role ?? '') ? role : localName === 'a' ? 'link' : localName;
    return [word + (PLAIN_WORD.test(id) ? `#${id}` : ''), NameSource.MaskPlaceholder];
  };
}
