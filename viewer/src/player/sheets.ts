/** Style sheets of the model become those of the frame: texts of `<style>`, rules edited in them, adopted ones. */
import { EMPTY_RULE } from './css.ts';
import { childrenOf, type DocumentModel, type ModelNode, type RuleChain } from './document-model.ts';
import { adoptIntoDocument, adoptIntoShadow, nodeTypeOf, setAttribute, setText } from './dom.ts';
import type { Realm } from './frame.ts';
import type { RuleEdit, Sheet } from './operation.ts';
import { shownCss } from './policy.ts';

/** Made harmless once: sheets are never changed, and every seek shows them anew. */
const harmless = new WeakMap<Sheet, string>();

function textOf(sheet: Sheet): string {
  const known = harmless.get(sheet);
  if (known !== undefined) return known;
  // Rules that are told one by one keep their numbers.
  const text = sheet.rules.length === 1 ? shownCss(sheet.rules[0] as string) : sheet.rules.map((rule) => shownCss(rule) || EMPTY_RULE).join('\n');
  harmless.set(sheet, text);
  return text;
}

/** Fills a style element from the sheets attached to it, or from its own text if there is none. */
export function fillStyle(element: Element, node: ModelNode, model: DocumentModel): void {
  const sheets = attachedSheets(node, model);
  const text = sheets ? sheets.map(textOf).join('\n') : shownCss(childrenOf(node).map((child) => child.text).join(''));
  const media = sheets?.flatMap((sheet) => sheet.media).join(', ');
  if (media) setAttribute(element, 'media', media);
  setText(element, text);
  const sheet = sheetOf(element);
  if (!sheet) return;
  if (sheets?.some(({ isDisabled }) => isDisabled)) sheet.disabled = true;
  for (const edit of inOrder(node.rules)) editRule(element, edit);
}

/** Inserts or deletes a rule in the sheet of an element. */
export function editRule(element: Element, { index, text }: RuleEdit): void {
  try {
    let target: CSSStyleSheet | CSSGroupingRule | undefined = sheetOf(element) ?? undefined;
    for (const at of index.slice(0, -1)) target = target?.cssRules[at] as CSSGroupingRule | undefined;
    const at = index.at(-1);
    if (!target || at === undefined) return;
    if (text === null) target.deleteRule(at);
    else insertRule(target, shownCss(text) || EMPTY_RULE, Math.min(at, target.cssRules.length));
  } catch {
    // There is no such rule: the page's browser read its sheet in another way than this one.
  }
}

function insertRule(target: CSSStyleSheet | CSSGroupingRule, text: string, index: number): void {
  try {
    target.insertRule(text, index);
  } catch {
    // This browser does not know the rule; the others keep their numbers.
    target.insertRule(EMPTY_RULE, index);
  }
}

/** Adopted sheets have to be constructed in the realm of their document; one that is shared is one there, too. */
export class AdoptedSheets {
  readonly #made = new WeakMap<Realm, Map<Sheet, CSSStyleSheet>>();

  adopt(into: Document | ShadowRoot, realm: Realm, node: ModelNode, model: DocumentModel): void {
    const sheets = (attachedSheets(node, model) ?? []).map((sheet) => this.#construct(sheet, realm)).filter((sheet) => sheet !== undefined);
    if (nodeTypeOf(into) === Node.DOCUMENT_NODE) adoptIntoDocument(into as Document, sheets);
    else adoptIntoShadow(into as ShadowRoot, sheets);
  }

  #construct(sheet: Sheet, realm: Realm): CSSStyleSheet | undefined {
    let made = this.#made.get(realm);
    if (!made) this.#made.set(realm, (made = new Map()));
    const known = made.get(sheet);
    if (known) return known;
    try {
      const constructed = new realm.CSSStyleSheet({ media: sheet.media.join(', '), disabled: sheet.isDisabled });
      constructed.replaceSync(textOf(sheet));
      made.set(sheet, constructed);
      return constructed;
    } catch {
      return undefined;
    }
  }
}

function attachedSheets(node: ModelNode, model: DocumentModel): Sheet[] | undefined {
  return node.state.sheets?.map((sheet) => model.sheets.get(sheet)).filter((sheet) => sheet !== undefined);
}

function sheetOf(element: Element): CSSStyleSheet | null {
  return (element as HTMLStyleElement).sheet;
}

function inOrder(chain: RuleChain | null): RuleEdit[] {
  const edits: RuleEdit[] = [];
  for (let link = chain; link; link = link.before) edits.push(link.edit);
  return edits.reverse();
}
