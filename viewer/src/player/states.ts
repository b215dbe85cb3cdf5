/** What is set on elements by other means than markup: values, choices, layers, sizes, media, scroll positions. */
import { attributeOf, elementName, type ModelNode } from './document-model.ts';
import {
  closest, getAttribute, hidePopover, localNameOf, matches, namespaceOf, nodeTypeOf, removeAttribute, scrollLeftOf, scrollTo, scrollTopOf, scrollingElementOf,
  setAttribute, showPopover, styleOf, svgStyleOf,
} from './dom.ts';
import { MARK } from './marks.ts';
import type { Choice, Layer } from './operation.ts';

/** How far a scroll position may be off: browsers round, and differ in it. */
const SCROLL_SLACK_PX = 1;

/** Elements with a value that is none of their attributes. */
const FIELDS = new Set(['input', 'textarea', 'select']);

export function setValue(element: Element, value: string): void {
  // No other element has one; what a form has of that name is its field.
  if (!FIELDS.has(localNameOf(element))) return;
  const field = element as HTMLInputElement;
  // A script cannot choose a file, and browsers throw at the attempt.
  if (field.type !== 'file') field.value = value;
}

export function setChoice(element: Element, choice: Choice): void {
  const name = localNameOf(element);
  if (name === 'option') choose(element as HTMLOptionElement, choice === 'chosen');
  else if (name === 'input') {
    const field = element as HTMLInputElement;
    field.indeterminate = choice === 'indeterminate';
    field.checked = choice === 'chosen';
  }
}

/** A list of one that loses its choice would make another. */
function choose(option: HTMLOptionElement, isChosen: boolean): void {
  const list = option.selected && !isChosen ? (closest(option, 'select') as HTMLSelectElement | null) : null;
  option.selected = isChosen;
  if (list && !list.multiple) list.selectedIndex = -1;
}

/** Moves an element into the browser's own top layer, or out of it. */
export function setLayer(element: Element, layer: Layer): void {
  removeAttribute(element, `${MARK}fullscreen`);
  try {
    if (layer === 'modal') showModal(element as HTMLDialogElement);
    else if (layer === 'popover') {
      if (getAttribute(element, 'popover') === null) setAttribute(element, 'popover', 'manual');
      showPopover(element as HTMLElement);
    } else if (layer === 'fullscreen') setAttribute(element, `${MARK}fullscreen`, '');
    else leaveLayer(element as HTMLElement);
  } catch {
    // It is no dialog, or not in the document (any more): shown where it stands.
  }
}

function showModal(dialog: HTMLDialogElement): void {
  if (matches(dialog, ':modal')) return;
  // A dialog that is open already cannot become modal.
  if (dialog.open) dialog.close();
  dialog.showModal();
}

/** What is shown but not in the layer stays: a dialog may have gone out of it and been opened again, without being modal. */
function leaveLayer(element: HTMLElement): void {
  if (localNameOf(element) === 'dialog' && matches(element, ':modal')) {
    const dialog = element as HTMLDialogElement;
    const { open } = dialog;
    // Without the attribute there is nothing to close, and it would stay modal unseen.
    dialog.open = true;
    dialog.close();
    dialog.open = open;
  } else if (getAttribute(element, 'popover') !== null && matches(element, ':popover-open')) hidePopover(element);
}

/** An element that was recorded without its content is a box of its size. */
export function setSize(element: Element, { width, height }: { width: number; height: number }): void {
  setAttribute(element, `${MARK}size`, '');
  const style = namespaceOf(element)?.endsWith('svg') ? svgStyleOf(element as SVGElement) : styleOf(element as HTMLElement);
  style.setProperty('width', `${width}px`, 'important');
  style.setProperty('height', `${height}px`, 'important');
}

export function setMedia(element: Element, media: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(media)) setAttribute(element, `${MARK}${name}`, value);
}

/** Scrolls; answers whether that is where it is now. What is not laid out yet, or too short yet, cannot be scrolled. */
export function scroll(target: Node, { x, y }: { x: number; y: number }): boolean {
  const element = nodeTypeOf(target) === Node.DOCUMENT_NODE ? scrollingElementOf(target as Document) : (target as Element);
  if (!element) return false;
  scrollTo(element, { left: x, top: y, behavior: 'instant' });
  return Math.abs(scrollLeftOf(element) - x) <= SCROLL_SLACK_PX && Math.abs(scrollTopOf(element) - y) <= SCROLL_SLACK_PX;
}

/** Whether removing an attribute is closing a dialog, which `removeAttribute` would leave in the top layer. */
export function closesDialog(node: ModelNode, name: string, value: string | null): boolean {
  return value === null && name === 'open' && elementName(node) === 'dialog';
}

/** Whether an attribute is told of a dialog that already is what it says. */
export function isOpenDialog(node: ModelNode, name: string): boolean {
  return name === 'open' && elementName(node) === 'dialog' && node.state.layer?.value === 'modal' && attributeOf(node, 'open') !== undefined;
}
