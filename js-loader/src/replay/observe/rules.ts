/** Rules of style sheets as texts that may leave the page. */
import { attempt } from '../../host-value.ts';
import { safeCss } from '../privacy/css.ts';
import type { Policy } from '../privacy/level.ts';
import { learn } from '../privacy/tokens.ts';

/** The rules of a sheet; nothing where they are still loading, or another site's. */
export function rulesOf(sheet: CSSStyleSheet | null): CSSRule[] | undefined {
  return attempt(() => Array.from(sheet!.cssRules));
}

/** Reads rules. Names that no rule asked for before are passed on, as selectors. */
export function createReader(policy: Policy, learnt: (names: string[]) => void) {
  const learnFrom = (rule: any): void => {
    if (rule.selectorText) learnt(learn(rule.selectorText));
    if (rule.cssRules) for (const inner of rule.cssRules) learnFrom(inner);
  };

  return function read(rule: any, base: string, text = rule.cssText): string {
    const { styleSheet, supportsText, layerName } = rule;
    if (styleSheet === undefined) {
      learnFrom(rule);
      return safeCss(text, base, policy);
    }
    // An import is one rule and stays one: those of its sheet, under its conditions.
    const rules = (rulesOf(styleSheet) ?? []).map((inner) => read(inner, styleSheet.href));
    let css = `@media ${rule.media.mediaText || 'all'}{${rules.join('')}}`;
    if (supportsText) css = `@supports (${supportsText}){${css}}`;
    return layerName == null ? css : `@layer ${layerName}{${css}}`;
  };
}
