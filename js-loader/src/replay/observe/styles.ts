/**
 * The page's style sheets, and what becomes of them.
 *
 * Which sheets a document or shadow tree has is looked up when a batch is handed over: nothing else would tell when one has
 * loaded, was replaced by another text, or pushed to the adopted ones. A sheet is read once, in slices, and told; after the
 * page called something that changes rules, those of the sheet are compared with the ones told, by identity: a rule is
 * never put in another place.
 */
import { Op } from '../ops.ts';
import { safeCss, safeMedia } from '../privacy/css.ts';
import type { Root } from '../recording.ts';
import type { Watch } from './part.ts';
import { createRetelling } from './retelling.ts';
import { readRule, rulesOf } from './rules.ts';

/** Reading sheets takes at most this long of a batch (ms): a rule takes some 5 µs, and large applications have 10,000. */
const SLICE_MS = 3;

/** What is not read in so many slices before the document is walked, is read afterwards: some 60,000 rules. */
const MAX_SLICES_BEFORE = 100;

/** Applications have thousands of shadow trees: of more than this only those are looked at that seem to have changed. */
const MAX_ROOTS = 100;

/** Where more rules are new the sheet is read again, which does not happen all at once. */
const MAX_NEW_RULES = 200;

/** What the browser writes of `a: var(--b)` after one of the longhands of `a` was set: it no longer knows. */
const LOST = /: ;/;

interface Sheet {
  /** 0 for one that cannot be read. */
  number: number;
  /** The rules told, or those read so far; none where it was told as one text. */
  rules: CSSRule[] | undefined;
  /** Those of the rules read so far, until it is told. */
  texts: string[] | undefined;
  /** The page changed its rules: they are not what its text says. */
  isChanged: boolean;
  /** Whether it is disabled, and for which media it is. */
  state: string;
}

export const watchStyles: Watch = (page) => {
  const { ops, ids, policy, roots, schedule, fence } = page;
  const sheets = new WeakMap<CSSStyleSheet, Sheet>();
  /** Sheets whose rules may be others, and rules that became something else. */
  const changed = new Set<CSSStyleSheet>();
  const touched = new Set<CSSRule>();
  /** Trees that seem to have changed; elements of each that had a sheet when it was looked at. */
  const urgent = new Set<Node>();
  const owners = new WeakMap<Root, Iterable<Node>>();
  /** The sheets told of a node, as a text of their numbers. */
  const attached = new WeakMap<Node, string>();
  const { names, retell } = createRetelling(page);
  let count = 0;
  let until: number;
  /** The sheets of the document were read, in so many slices. */
  let isPrepared = false;
  let slices = 0;

  const isLate = (): boolean => performance.now() > until;
  const lookAt = (root: Node): void => {
    urgent.add(root);
    schedule();
  };
  const lookAround = (owner: Element): void => lookAt(owner.getRootNode());

  /** It has to be read again. */
  const reset = (css: CSSStyleSheet): void => {
    sheets.set(css, { number: 0, isChanged: false, state: '', ...sheets.get(css), rules: [], texts: [] });
    schedule();
  };

  const read = (css: CSSStyleSheet, rule: CSSRule): string => readRule(rule, baseOf(css), policy, names);

  /** The number of a sheet that is told; nothing as long as it is not. */
  const numberOf = (css: CSSStyleSheet): number | undefined => {
    const { disabled, media, ownerNode } = css;
    const state = disabled + media.mediaText;
    if (sheets.get(css)?.state !== state) reset(css);
    const sheet = sheets.get(css)!;
    sheet.state = state;
    let { rules, texts } = sheet;
    if (!texts) return sheet.number;
    const all = rulesOf(css);
    for (let rule; (rule = all?.[texts.length]); ) {
      if (isLate()) return;
      texts.push(read(css, rule));
      rules!.push(rule);
    }
    sheet.texts = undefined;
    if (!all) return (sheet.number = 0);
    const text = ownerNode?.textContent;
    if (text && !sheet.isChanged && LOST.test(texts.join()) && countOf(text) === texts.length) {
      texts = [safeCss(text, baseOf(css), policy)];
      sheet.rules = undefined;
    }
    ops.add(Op.Sheet, (sheet.number ||= ++count), +disabled, texts.length, media.length);
    for (const each of [...texts, ...[...(media as any)].map(safeMedia)]) ops.text(each);
    return sheet.number;
  };

  /** Tells the sheets of a tree that are not told yet; answers whether there is more of them. */
  const look = (root: Root): boolean => {
    const owned = new Map<Node, CSSStyleSheet[]>([[root, root.adoptedStyleSheets ?? []]]);
    for (const css of root.styleSheets as any) owned.set(css.ownerNode, [css]);
    let isMore = false;
    for (const owner of new Set([...owned.keys(), ...(owners.get(root) ?? [])])) {
      const numbers = (owned.get(owner) ?? []).map(numberOf);
      const id = ids.of(owner);
      const known = numbers.filter(Boolean) as number[];
      const key = [id, ...known].join();
      if (numbers.includes(undefined)) isMore = true;
      else if (id && key !== (attached.get(owner) ?? `${id}`)) {
        attached.set(owner, key);
        ops.add(Op.AttachSheets, id, known.length, ...known);
      }
    }
    owners.set(root, owned.keys());
    return isMore;
  };

  const lookAll = (): void => {
    until = performance.now() + SLICE_MS;
    const suspects = [...roots].filter((root) => roots.size <= MAX_ROOTS || urgent.has(root));
    // Also of what is not recorded, or no longer.
    urgent.clear();
    for (const root of suspects) if (look(root)) lookAt(root);
  };

  /** Tells which rules of a sheet are gone, new, or others. */
  const compare = (css: CSSStyleSheet): void => {
    const sheet = sheets.get(css);
    if (!sheet) return;
    const { number, rules, texts } = sheet;
    const now = rulesOf(css) ?? [];
    const kept = new Set(now);
    const told = new Set(rules);
    touched.forEach((rule) => kept.delete(rule) && told.delete(rule));
    sheet.isChanged = true;
    if (texts || !rules || now.length > told.size + MAX_NEW_RULES) return reset(css);
    for (let index = rules.length; index--; ) if (!kept.has(rules[index]!)) ops.add(Op.RuleDeleted, number, index);
    now.forEach((rule, index) => {
      if (told.has(rule)) return;
      ops.add(Op.RuleInserted, number, index);
      ops.text(read(css, rule));
    });
    sheet.rules = now;
  };

  /** The page did something to a sheet or a rule. What is in another rule, or imported by one, is a part of that. */
  const touch = (at: any): void => {
    for (let outer; (outer = at.parentRule ?? at.ownerRule ?? at.parentStyleSheet); at = outer) touched.add(at);
    changed.add(at);
    schedule();
  };

  return {
    heard: {
      // A sheet, and what it imports.
      load({ target, currentTarget }) {
        if (!target.sheet) return;
        reset(target.sheet);
        lookAt(currentTarget);
      },
    },
    calls: [
      ['CSSStyleSheet', 'insertRule deleteRule addRule removeRule replaceSync', touch],
      [
        'CSSStyleSheet',
        'replace',
        (css, result) => {
          const done = fence(() => touch(css));
          // Of others it refuses, and who handles the promise would hide that from the page.
          if (!css.ownerNode && !css.ownerRule) result.then(done, done);
        },
      ],
      ['CSSGroupingRule', 'insertRule deleteRule', touch],
      // Who gets a rule's declarations will change them. To stand in for these would slow down each inline style.
      ['CSSStyleRule', 'insertRule deleteRule style:get selectorText', touch],
      ['CSSMediaRule', 'media:get', touch],
      ['CSSKeyframesRule', 'appendRule deleteRule', touch],
      ['StyleSheet', 'disabled', schedule],
      ['Document', 'adoptedStyleSheets', lookAt],
      ['ShadowRoot', 'adoptedStyleSheets', lookAt],
    ],
    // Before the elements: what may be recorded of their attributes depends on it, and need not be told again.
    prepare() {
      if (!isPrepared) {
        lookAll();
        names.length = 0;
        isPrepared = !urgent.size || ++slices === MAX_SLICES_BEFORE;
      }
      return isPrepared;
    },
    root(root) {
      lookAt(root);
      if (!isPrepared) return;
      const known = names.length;
      until = performance.now() + SLICE_MS;
      look(root);
      names.length = known;
    },
    found: lookAround,
    again: lookAround,
    flush() {
      if (!isPrepared) return;
      changed.forEach(compare);
      changed.clear();
      touched.clear();
      lookAll();
      retell(isLate);
    },
  };
};

const baseOf = (css: CSSStyleSheet): string => css.href ?? (css.ownerNode ?? document).baseURI;

/** How many rules a text has. */
function countOf(text: string): number {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet.cssRules.length;
}
