/**
 * The page's style sheets, and what becomes of them.
 *
 * Which sheets a document or shadow tree has is looked up when a batch is handed over: nothing else would tell when one has
 * loaded, was replaced by another text, or pushed to the adopted ones. A sheet is read once, in slices, and told; then what
 * happens to its rules is. Where too much happens to it at once it is read again.
 */
import { Op } from '../ops.ts';
import { safeCss, safeMedia } from '../privacy/css.ts';
import type { Observe, Root } from '../recording.ts';
import { hear, hearCalls } from './hear.ts';
import { createRetelling } from './retelling.ts';
import { createReader, rulesOf } from './rules.ts';

/** Reading sheets takes at most this long of a batch (ms): a rule takes some 5 µs, and large applications have 10,000. */
const SLICE_MS = 3;

/** Trees without any sign of a change that are looked at with each batch: applications may have thousands. */
const MAX_ROOTS = 20;

/** More changes of a sheet in one batch, and it is read again, which does not happen all at once. */
const MAX_CHANGES = 200;

/** What the browser writes of `a: var(--b)` after one of the longhands of `a` was set: it no longer knows. */
const LOST = /: ;/;

interface Sheet {
  /** 0 for a sheet that cannot be read. */
  number: number;
  isTold: boolean;
  /** Its rules, as far as they were read. */
  texts: string[];
  /** It was told as one text, and not by its rules. */
  isWhole: boolean;
  /** The page changed its rules: they are not what its text says. */
  isChanged: boolean;
  /** Whether it is disabled, and for which media it is. */
  state: string;
  /** Rules that were inserted, or deleted where there is none, in order. */
  changes: [index: number, rule?: CSSRule, text?: unknown][];
  /** Rules that became something else. */
  touched: Set<CSSRule>;
}

export const observeStyles: Observe = (recording) => {
  const { ops, ids, policy } = recording;
  const sheets = new WeakMap<CSSStyleSheet, Sheet>();
  const changed = new Set<CSSStyleSheet>();
  /** Trees, and the elements in them that had a sheet when they were looked at. */
  const roots = new Map<Root, Node[]>();
  const urgent = new Set<Root>();
  /** The sheets told of a node, as a text of their numbers. */
  const attached = new WeakMap<Node, string>();
  const retelling = createRetelling(recording, roots);
  const read = createReader(policy, retelling.add);
  let count = 0;
  let until: number;

  const touch = (root: Node): void => {
    urgent.add(root as Root);
    recording.schedule();
  };

  /** It has to be read again. */
  const reset = (sheet?: Sheet): void => {
    if (sheet) Object.assign(sheet, { isTold: false, isWhole: false, texts: [], changes: [], touched: new Set() });
    recording.schedule();
  };
  const replaced = (css: CSSStyleSheet): void => {
    const sheet = sheets.get(css);
    if (sheet) sheet.isChanged = true;
    reset(sheet);
  };

  const beingReplaced = new WeakSet<CSSStyleSheet>();
  const replacing = (css: CSSStyleSheet, _: unknown, result: Promise<unknown>): void => {
    // These refuse, and who handles the promise would hide that from the page.
    if (css.ownerNode || css.ownerRule || beingReplaced.has(css)) return;
    beingReplaced.add(css);
    const done = recording.fence(() => {
      beingReplaced.delete(css);
      replaced(css);
    });
    result.then(done, done);
  };

  const baseOf = (css: CSSStyleSheet): string => css.href ?? (css.ownerNode ?? document).baseURI;

  /** The number of a sheet; nothing as long as it is not told. */
  const numberOf = (css: CSSStyleSheet): number | undefined => {
    let sheet = sheets.get(css);
    if (!sheet) {
      sheet = { number: 0, isChanged: false, state: '' } as Sheet;
      reset(sheet);
      sheets.set(css, sheet);
    }
    const { disabled, media, ownerNode } = css;
    const state = disabled + media.mediaText;
    if (sheet.state !== state) reset(sheet);
    sheet.state = state;
    if (sheet.isTold) return sheet.number;
    const rules = rulesOf(css);
    sheet.isTold = true;
    if (!rules) return (sheet.number = 0);
    const base = baseOf(css);
    let { texts } = sheet;
    while (texts.length < rules.length) {
      if (performance.now() > until) {
        sheet.isTold = false;
        return;
      }
      texts.push(read(rules[texts.length], base));
    }
    sheet.texts = [];
    const text = ownerNode?.textContent;
    if (text && !sheet.isChanged && LOST.test(texts.join()) && countOf(text) === texts.length) {
      texts = [safeCss(text, base, policy)];
      sheet.isWhole = true;
    }
    ops.add(Op.Sheet, (sheet.number ||= ++count), +disabled, texts.length, media.length);
    for (const each of [...Array.from(media, safeMedia), ...texts]) ops.text(each);
    return sheet.number;
  };

  /** Tells the sheets of a tree that are not told yet; answers whether all of them are. */
  const look = (root: Root): boolean => {
    const owned = new Map<Node, CSSStyleSheet[]>();
    for (const owner of roots.get(root)!) owned.set(owner, []);
    owned.set(root, Array.from(root.adoptedStyleSheets ?? []));
    for (const css of Array.from(root.styleSheets)) if (css.ownerNode) owned.set(css.ownerNode, [css]);
    const owners: Node[] = [];
    let isDone = true;
    for (const [owner, all] of owned) {
      if (all.length) owners.push(owner);
      const numbers = all.map(numberOf);
      const id = ids.of(owner);
      if (numbers.includes(undefined)) isDone = false;
      else if (id) {
        const known = numbers.filter(Boolean) as number[];
        const key = [id, ...known].join();
        const before = attached.get(owner);
        if (before === key || (!before && !known.length)) continue;
        attached.set(owner, key);
        ops.add(Op.AttachSheets, id, known.length, ...known);
      }
    }
    roots.set(root, owners);
    return isDone;
  };

  const lookAll = (): void => {
    until = performance.now() + SLICE_MS;
    const quiet = Array.from(roots.keys()).slice(0, MAX_ROOTS);
    for (const root of new Set([...urgent, ...quiet])) {
      urgent.delete(root);
      if (!roots.has(root)) continue;
      const isDone = look(root);
      // The next time it is the turn of others.
      const owners = roots.get(root)!;
      roots.delete(root);
      roots.set(root, owners);
      if (!isDone) touch(root);
    }
  };

  const insert = (number: number, index: number, css: CSSStyleSheet, rule: CSSRule, text?: unknown): void => {
    ops.add(Op.RuleInserted, number, index);
    ops.text(read(rule, baseOf(css), typeof text === 'string' ? text : undefined));
  };

  const tellChanges = (css: CSSStyleSheet): void => {
    const { number, changes, touched, isTold } = sheets.get(css)!;
    for (const [index, rule, text] of changes.splice(0)) {
      if (rule) insert(number, index, css, rule, text);
      else ops.add(Op.RuleDeleted, number, index);
    }
    if (!isTold || !touched.size) return;
    rulesOf(css)?.forEach((rule, index) => {
      if (!touched.has(rule)) return;
      ops.add(Op.RuleDeleted, number, index);
      insert(number, index, css, rule);
    });
    touched.clear();
  };

  /** The sheet, ready to take a change; nothing where it will be read anyway. */
  const changing = (css: CSSStyleSheet): Sheet | undefined => {
    const sheet = sheets.get(css);
    if (!sheet) return;
    sheet.isChanged = true;
    if (!sheet.isTold || sheet.isWhole || sheet.changes.length + sheet.touched.size >= MAX_CHANGES) return void reset(sheet);
    changed.add(css);
    recording.schedule();
    return sheet;
  };
  const ruleTouched = (rule: any): void => {
    // An imported sheet is a rule of the one that imports it.
    for (let outer; (outer = rule.parentRule ?? rule.parentStyleSheet?.ownerRule); ) rule = outer;
    if (rule.parentStyleSheet) changing(rule.parentStyleSheet)?.touched.add(rule);
  };
  const declarationTouched = ({ parentRule }: CSSStyleDeclaration): void => {
    if (parentRule) ruleTouched(parentRule);
  };
  /** A rule was inserted, or deleted where none is given, at that index as the page gave it. */
  const ruleChanged = (css: CSSStyleSheet, index: unknown, isInserted?: boolean, text?: unknown): void => {
    if (css.ownerRule) return ruleTouched(css.ownerRule);
    // To make a number of anything else may call the page.
    if (index !== undefined && typeof index !== 'number') return replaced(css);
    const at = (index ?? 0) >>> 0;
    changing(css)?.changes.push(isInserted ? [at, css.cssRules[at]!, text] : [at]);
  };

  return {
    root(root) {
      roots.set(root, []);
      const undo = [
        hear(recording, root, {
          // Of what it imports, too.
          load({ target, currentTarget }) {
            if (!/^(style|link)$/.test(target.localName)) return;
            reset(sheets.get(target.sheet));
            touch(currentTarget);
          },
        }),
        hearCalls(
          recording,
          (root as Document).defaultView,
          ['CSSStyleSheet', 'insertRule', (css, [text], index) => ruleChanged(css, index, true, text)],
          ['CSSStyleSheet', 'deleteRule', (css, [index]) => ruleChanged(css, index)],
          ['CSSStyleSheet', 'addRule removeRule replaceSync', replaced],
          ['CSSStyleSheet', 'replace', replacing],
          ['CSSGroupingRule', 'insertRule deleteRule', ruleTouched],
          ['CSSStyleRule', 'insertRule deleteRule', ruleTouched],
          ['CSSKeyframesRule', 'appendRule deleteRule', ruleTouched],
          ['CSSStyleDeclaration', 'setProperty removeProperty', declarationTouched],
          ['StyleSheet', 'disabled', () => recording.schedule()],
          ['Document', 'adoptedStyleSheets', touch],
          ['ShadowRoot', 'adoptedStyleSheets', touch],
        ),
        () => roots.delete(root),
      ];
      touch(root);
      // Before the elements: what may be recorded of their attributes depends on it.
      lookAll();
      return () => undo.forEach((one) => one());
    },
    found: (owner) => touch(owner.getRootNode()),
    attribute: (owner) => touch(owner.getRootNode()),
    changed: (owner) => touch(owner.getRootNode()),
    flush() {
      changed.forEach(tellChanges);
      changed.clear();
      lookAll();
      retelling.flush();
    },
  };
};

/** How many rules a text has. */
function countOf(text: string): number {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet.cssRules.length;
}
