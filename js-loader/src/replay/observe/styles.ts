/**
 * The page's style sheets, and what becomes of them.
 *
 * Which sheets a document or shadow tree has is looked up when a batch is handed over: nothing else would tell when one has
 * loaded, was replaced by another text, or pushed to the adopted ones. A sheet is read once, in slices, and told; then what
 * happens to its rules is. Where too much happens to it at once it is read again.
 */
import { Op } from '../ops.ts';
import { safeCss, safeMedia } from '../privacy/css.ts';
import type { Root } from '../recording.ts';
import type { Watch } from './part.ts';
import { readRule, rulesOf } from './rules.ts';

/** Reading sheets takes at most this long of a batch (ms): a rule takes some 5 µs, and large applications have 10,000. */
const SLICE_MS = 3;

/** Applications have thousands of shadow trees: of more than this only those are looked at that seem to have changed. */
const MAX_ROOTS = 100;

/** More changes in one batch, and the sheet is read again, which does not happen all at once. */
const MAX_CHANGES = 200;

/** What the browser writes of `a: var(--b)` after one of the longhands of `a` was set: it no longer knows. */
const LOST = /: ;/;

interface Sheet {
  /** 0 for one that cannot be read. */
  number: number;
  isTold: boolean;
  /** Its rules, as far as they were read. */
  texts: string[];
  /** The page changed its rules: they are not what its text says. */
  isChanged: boolean;
  /** It was told as one text, and not by its rules. */
  isWhole: boolean;
  /** Whether it is disabled, and for which media it is. */
  state: string;
}

/** A rule that was inserted, with its text if the page gave one; one that was deleted if there is none. */
type Change = [css: CSSStyleSheet, index: number, rule?: CSSRule | undefined, text?: unknown];

export const watchStyles: Watch = ({ ops, ids, policy, schedule, fence, retell }) => {
  const sheets = new WeakMap<CSSStyleSheet, Sheet>();
  let changes: Change[] = [];
  /** Rules that became something else. */
  const touched = new Set<CSSRule>();
  /** Trees, and the elements in them that had a sheet when they were looked at. */
  const roots = new Map<Root, Iterable<Node>>();
  const urgent = new Set<Node>();
  /** The sheets told of a node, as a text of their numbers. */
  const attached = new WeakMap<Node, string>();
  /** Names that elements may be told with from now on, as selectors. */
  const names: string[] = [];
  let count = 0;
  let until: number;

  const isLate = (): boolean => performance.now() > until;
  const touch = (root: Node): void => {
    urgent.add(root);
    schedule();
  };
  const touchOwner = (owner: Element): void => touch(owner.getRootNode());

  /** It has to be read again. */
  const reset = (css: CSSStyleSheet): void => {
    sheets.set(css, { number: 0, isChanged: false, state: '', ...sheets.get(css), isTold: false, isWhole: false, texts: [] });
    changes = changes.filter(([other]) => other !== css);
    schedule();
  };
  /** The page changed its rules, and not only one. */
  const replaced = (css: CSSStyleSheet): void => {
    reset(css);
    sheets.get(css)!.isChanged = true;
  };

  const read = (css: CSSStyleSheet, rule: CSSRule, text?: unknown): string =>
    readRule(rule, baseOf(css), policy, names, typeof text === 'string' ? text : undefined);

  /** The number of a sheet that is told; nothing as long as it is not. */
  const numberOf = (css: CSSStyleSheet): number | undefined => {
    const { disabled, media, ownerNode } = css;
    const state = disabled + media.mediaText;
    if (sheets.get(css)?.state !== state) reset(css);
    const sheet = sheets.get(css)!;
    sheet.state = state;
    if (sheet.isTold) return sheet.number;
    const rules = rulesOf(css);
    let { texts } = sheet;
    for (let rule; (rule = rules?.[texts.length]); ) {
      if (isLate()) return;
      texts.push(read(css, rule));
    }
    sheet.isTold = true;
    sheet.texts = [];
    if (!rules) return (sheet.number = 0);
    const text = ownerNode?.textContent;
    if (text && !sheet.isChanged && LOST.test(texts.join()) && countOf(text) === texts.length) {
      texts = [safeCss(text, baseOf(css), policy)];
      sheet.isWhole = true;
    }
    ops.add(Op.Sheet, (sheet.number ||= ++count), +disabled, texts.length, media.length);
    for (const each of [...Array.from(media, safeMedia), ...texts]) ops.text(each);
    return sheet.number;
  };

  /** Tells the sheets of a tree that are not told yet; answers whether there is more of them. */
  const look = (root: Root): boolean => {
    const owned = new Map<Node, CSSStyleSheet[]>([[root, root.adoptedStyleSheets ?? []]]);
    for (const css of root.styleSheets as any) owned.set(css.ownerNode, [css]);
    let isMore = false;
    for (const owner of new Set([...owned.keys(), ...roots.get(root)!])) {
      const numbers = (owned.get(owner) ?? []).map(numberOf);
      const id = ids.of(owner);
      if (numbers.includes(undefined)) isMore = true;
      else if (id) {
        const known = numbers.filter(Boolean) as number[];
        const key = [id, ...known].join();
        if (key === (attached.get(owner) ?? `${id}`)) continue;
        attached.set(owner, key);
        ops.add(Op.AttachSheets, id, known.length, ...known);
      }
    }
    roots.set(root, owned.keys());
    return isMore;
  };

  const lookAll = (): void => {
    until = performance.now() + SLICE_MS;
    for (const root of roots.keys()) {
      if ((urgent.delete(root) || roots.size <= MAX_ROOTS || root === document) && look(root)) touch(root);
    }
  };

  const insert = (css: CSSStyleSheet, index: number, rule: CSSRule, text?: unknown): void => {
    ops.add(Op.RuleInserted, sheets.get(css)!.number, index);
    ops.text(read(css, rule, text));
  };
  const remove = (css: CSSStyleSheet, index: number): void => ops.add(Op.RuleDeleted, sheets.get(css)!.number, index);

  const tellChanges = (): void => {
    for (const [css, index, rule, text] of changes.splice(0)) {
      if (rule) insert(css, index, rule, text);
      else remove(css, index);
    }
    for (const css of new Set(Array.from(touched, (rule) => rule.parentStyleSheet))) {
      if (css && sheets.get(css)?.isTold)
        rulesOf(css)?.forEach((rule, index) => {
          if (!touched.has(rule)) return;
          remove(css, index);
          insert(css, index, rule);
        });
    }
    touched.clear();
  };

  /** Whether a change of the sheet is to be told; else it will be read anyway. */
  const changesNow = (css: CSSStyleSheet): boolean => {
    const sheet = sheets.get(css);
    if (!sheet?.isTold || sheet.isWhole || changes.length + touched.size > MAX_CHANGES) return void replaced(css), false;
    schedule();
    return (sheet.isChanged = true);
  };
  const ruleTouched = (rule: any): void => {
    // An imported sheet is a rule of the one that imports it.
    for (let outer; (outer = rule.parentRule ?? rule.parentStyleSheet?.ownerRule); ) rule = outer;
    if (rule.parentStyleSheet && changesNow(rule.parentStyleSheet)) touched.add(rule);
  };
  const ruleChanged = (css: CSSStyleSheet, index: any, isInserted?: boolean, text?: unknown): void => {
    if (css.ownerRule) ruleTouched(css.ownerRule);
    // To make a number of anything else may call the page.
    else if (isNaN(typeof index === 'number' ? index : NaN)) replaced(css);
    else if (changesNow(css)) changes.push([css, index, isInserted ? css.cssRules[index] : undefined, text]);
  };

  return {
    heard: {
      // A sheet, and what it imports.
      load({ target, currentTarget }) {
        if (!target.sheet) return;
        reset(target.sheet);
        touch(currentTarget);
      },
    },
    calls: [
      ['CSSStyleSheet', 'insertRule', (css, [text], index) => ruleChanged(css, index, true, text)],
      ['CSSStyleSheet', 'deleteRule', (css, [index]) => ruleChanged(css, index)],
      ['CSSStyleSheet', 'addRule removeRule replaceSync', replaced],
      [
        'CSSStyleSheet',
        'replace',
        (css, _, result) => {
          const done = fence(() => replaced(css));
          // Of others it refuses, and who handles the promise would hide that from the page.
          if (!css.ownerNode && !css.ownerRule) result.then(done, done);
        },
      ],
      ['CSSGroupingRule', 'insertRule deleteRule', ruleTouched],
      ['CSSStyleRule', 'insertRule deleteRule', ruleTouched],
      ['CSSKeyframesRule', 'appendRule deleteRule', ruleTouched],
      ['CSSStyleDeclaration', 'setProperty removeProperty', ({ parentRule }) => parentRule && ruleTouched(parentRule)],
      ['StyleSheet', 'disabled', schedule],
      ['Document', 'adoptedStyleSheets', touch],
      ['ShadowRoot', 'adoptedStyleSheets', touch],
    ],
    root(root) {
      roots.set(root, []);
      touch(root);
      // Before the elements: what may be recorded of their attributes depends on it.
      lookAll();
      return () => roots.delete(root);
    },
    found: touchOwner,
    attribute: touchOwner,
    changed: touchOwner,
    flush() {
      tellChanges();
      lookAll();
      for (let name; !isLate() && (name = names.shift()); ) {
        const attribute = name[0] === '.' ? 'class' : name[0] === '#' ? 'id' : name.slice(1, -1);
        for (const root of roots.keys()) root.querySelectorAll(`:is(${name})`).forEach((element) => ids.of(element) && retell(element, attribute));
      }
      if (names.length) schedule();
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
