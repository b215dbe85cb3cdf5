/**
 * A CSS selector that finds an element again, on the next visit and in Datadog's heatmaps, and may leave the page:
 * made of tags, positions and what developers wrote, never of text. The form is that of Datadog's SDK.
 */

/** Attributes written for finding elements, the most telling first. Datadog's list. */
const STABLE = ['testid', 'test', 'qa', 'cy', 'test-id', 'qa-id', 'testing', 'component', 'element', 'source-file'];

/** A part of the page of which nothing may be told. */
const HIDDEN = '[data-rum-privacy=hidden],[data-dd-privacy=hidden],.dd-privacy-hidden';

/** Looked at between levels, each of which costs up to 1 ms on 20,000 elements; then the path so far must do. */
const MAX_MS = 2;
/** Levels looked at, beyond which a path finds nothing again anyway. */
const MAX_LEVELS = 20;
/** Characters; `short` would cut off the end, where the element itself is. */
const MAX_LENGTH = 300;

/** A word with a digit was made up per render or carries a record number; what is no plain word may be data. */
export const PLAIN_WORD = /^[a-z_][a-z_-]{0,63}$/i;
/** The value of a stable attribute may be a file name or end in a short number, but be no record number or address. */
export const STABLE_VALUE = /^(?!.*\d{3})[\w./: -]{1,64}$/;

/** The selector; nothing for an element that is gone or hidden. */
export function selectorOf(element: Element | null | undefined): string | undefined {
  try {
    if (!element?.isConnected || element.closest(HIDDEN)) return undefined;
    const root = element.getRootNode() as Document | ShadowRoot;
    const path = pathWithin(root, element);
    if (!('host' in root)) return path;
    const host = selectorOf(root.host);
    return host && path && `${host}::shadow ${path}`;
  } catch {
    // A form's fields hide its methods: one named `closest` is what `form.closest` is then.
    return undefined;
  }
}

function pathWithin(root: ParentNode, element: Element): string | undefined {
  const deadline = performance.now() + MAX_MS;
  let path: string | undefined;
  for (let node: Element | null = element, level = 0; node && level < MAX_LEVELS; node = node.parentElement, level++) {
    const longer: string = path ? `${partOf(node)}>${path}` : partOf(node);
    if (longer.length > MAX_LENGTH) break;
    path = longer;
    if (performance.now() > deadline || root.querySelectorAll(path).length < 2) break;
  }
  return path;
}

/** The first way to write an element that tells it from its siblings. */
function partOf(element: Element): string {
  const tag = CSS.escape(element.tagName);
  const before = siblings(element, 'previousElementSibling');
  const all = [...before, ...siblings(element, 'nextElementSibling')];
  return (
    candidates(element, tag).find((part) => !all.some((sibling) => sibling.matches(part))) ??
    `${tag}:nth-of-type(${before.filter((sibling) => sibling.tagName === element.tagName).length + 1})`
  );
}

function candidates(element: Element, tag: string): string[] {
  const parts: string[] = [];
  for (const name of STABLE) {
    const value = element.getAttribute(`data-${name}`);
    if (value && STABLE_VALUE.test(value)) parts.push(`${tag}[data-${name}="${value}"]`);
  }
  if (PLAIN_WORD.test(element.id)) parts.push(`#${element.id}`);
  const plain = Array.from(element.classList).find((name) => PLAIN_WORD.test(name));
  if (plain) parts.push(`${tag}.${plain}`);
  return [...parts, tag];
}

function siblings(element: Element, direction: 'previousElementSibling' | 'nextElementSibling'): Element[] {
  const found: Element[] = [];
  for (let sibling = element[direction]; sibling; sibling = sibling[direction]) found.push(sibling);
  return found;
}

/** Elements of the path; Datadog's SDK stops at 2 KiB, these are fewer. */
const MAX_PATH_ELEMENTS = 8;

/** Tags, ids and classes from the element upwards, for tools that match deeper than the selector does. */
export function composedPathOf(element: Element): string {
  let path = '';
  let node: Element | null = element;
  for (let level = 0; node && level < MAX_PATH_ELEMENTS; level++) {
    const { localName, id, classList } = node;
    for (const name of [localName, `#${id}`, ...Array.from(classList).map((one) => `.${one}`)]) {
      if (PLAIN_WORD.test(name.replace(/^[#.]/, ''))) path += name;
    }
    path += ';';
    node = node.parentElement;
  }
  return path;
}
