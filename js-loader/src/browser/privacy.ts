/**
 * How much may be told of an element. Actions ask from the element upwards, session replay carries levels downwards
 * (`replay/privacy/element.ts`); what an element says of itself is read here for both.
 */

/** From everything to nothing; Datadog's names. */
export type PrivacyLevel = 'allow' | 'mask-user-input' | 'mask-unless-allowlisted' | 'mask' | 'hidden';

/** What is masked however open the page is: Datadog's list. */
const SENSITIVE =
  'input:is([type=password],[type=email],[type=tel],[type=hidden]),[autocomplete^=cc- i],[autocomplete$=-password i]';

const LEVEL = /^(?:allow|mask|mask-user-input|mask-unless-allowlisted)$/;

/** Elements looked at; a form whose fields hide its properties can make a walk upwards endless. */
const MAX_DEPTH = 1_000;

/** What an element says of itself. What is no level means hidden, and so do two classes that say one. */
export function ownLevel(element: Element): string | undefined {
  return (
    element.getAttribute('data-rum-privacy') ??
    element.getAttribute('data-dd-privacy') ??
    /(?:^|\s)dd-privacy-(\S*(?:[^]*\sdd-privacy-)?)/.exec(element.getAttribute('class')!)?.[1]
  );
}

/**
 * The level of the nearest element that says one, itself included, across the borders of shadow trees; below
 * `hidden` nothing else counts. What cannot be read, or is no level, means hidden.
 */
export function privacyLevel(element: Element, fallback: PrivacyLevel): PrivacyLevel {
  try {
    let level = element.matches(SENSITIVE) ? 'mask' : '';
    let node: Element | null | undefined = element;
    for (let depth = 0; node; depth++) {
      const own = ownLevel(node);
      if ((own !== undefined && !LEVEL.test(own)) || depth > MAX_DEPTH) return 'hidden';
      level ||= own ?? '';
      node = node.parentElement ?? (node.getRootNode() as Partial<ShadowRoot>).host;
    }
    return (level || fallback) as PrivacyLevel;
  } catch {
    return 'hidden';
  }
}
