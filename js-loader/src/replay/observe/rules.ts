/** Rules of style sheets as texts that may leave the page. */
import { attempt } from '../../host-value.ts';
import { safeCss, safeMedia } from '../privacy/css.ts';
import type { Policy } from '../privacy/level.ts';
import { learn } from '../privacy/tokens.ts';

/** The rules of a sheet; none where they are still loading, or another site's. */
export const rulesOf = (sheet: CSSStyleSheet): CSSRule[] | undefined => attempt(() => [...(sheet.cssRules as any)]);

const NOTHING: any = {};

/** Reads a rule. Names that no rule asked for before are added to `names`, as selectors. */
export function readRule(rule: any, base: string, policy: Policy, names: string[]): string {
  const { cssText } = rule;
  // To ask each rule for what only an import has takes longer than its text.
  const { styleSheet, supportsText, layerName } = cssText[0] === '@' ? rule : NOTHING;
  if (styleSheet === undefined) {
    learnFrom(rule, names, isNested(cssText));
    return safeCss(cssText, base, policy);
  }
  // An import is one rule and stays one: those of its sheet, under its conditions.
  const rules = rulesOf(styleSheet)?.map((inner) => readRule(inner, styleSheet.href, policy, names)) ?? [];
  let css = `{${rules.join('')}}`;
  // What stands in the rules was looked at.
  const within = (condition: string): void => void (css = `{${safeCss(condition, base, policy)}${css}}`);
  within(`@media ${[...rule.media].map(safeMedia).join() || 'all'}`);
  if (supportsText) within(`@supports (${supportsText})`);
  if (layerName != null) within(`@layer ${layerName}`);
  return css.slice(1, -1);
}

/** Whether there may be rules in a rule. */
const isNested = (cssText: string): boolean => cssText.indexOf('{') !== cssText.lastIndexOf('{');

function learnFrom(rule: any, names: string[], isOuter: boolean): void {
  const { selectorText } = rule;
  if (selectorText) names.push(...learn(selectorText));
  if (isOuter) for (const inner of rule.cssRules ?? []) learnFrom(inner, names, true);
}
