/** How much may be told of an element. Actions ask here, and session replay will: there is no second rule. */

/** From everything to nothing; Datadog's names. */
export type PrivacyLevel = 'allow' | 'mask-user-input' | 'mask-unless-allowlisted' | 'mask' | 'hidden';

/** What is masked however open the page is: Datadog's list. */
const SENSITIVE =
  'input:is([type=password],[type=email],[type=tel],[type=hidden]),[autocomplete^=cc- i],[autocomplete$=-password i]';

const LEVEL = /^(?:allow|mask|mask-user-input|mask-unless-allowlisted)$/;

/** Elements looked at; a form whose fields hide its properties can make a walk upwards endless. */
const MAX_DEPTH = 1_000;

/**
 * The level of the nearest element that says one, itself included, across the borders of shadow trees; below
 * `hidden` nothing else counts. What cannot be read, or is no level, means hidden.
 */
export function privacyLevel(element: Element, fallback: PrivacyLevel): PrivacyLevel {
  try {
    let level = element.matches(SENSITIVE) ? 'mask' : '';
    let node: Element | null | undefined = element;
    for (let depth = 0; node; depth++) {
      const own: string | undefined =
        node.getAttribute('data-rum-privacy') ??
        node.getAttribute('data-dd-privacy') ??
        / dd-privacy-(\S*)/.exec(` ${node.getAttribute('class')}`)?.[1];
      if (own !== undefined && !LEVEL.test(own)) return 'hidden';
      if (depth > MAX_DEPTH) return 'hidden';
      level ||= own ?? '';
      node = node.parentElement ?? (node.getRootNode() as Partial<ShadowRoot>).host;
    }
    return (level || fallback) as PrivacyLevel;
  } catch {
    return 'hidden';
  }
}
