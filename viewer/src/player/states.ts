/** What is set on elements by other means than markup: values, choices, layers, sizes, media, scroll positions. */
import { attributeOf, elementName, type ModelNode } from './document-model.ts';
import { getAttribute, removeAttribute, scrollLeftOf, scrollTo, scrollTopOf, scrollingElementOf, setAttribute, styleOf, svgStyleOf } from './dom.ts';
import { MARK } from './marks.ts';
import type { Choice, Layer } from './operation.ts';

/** How far a scroll position may be off: browsers round, and differ in it. */
const SCROLL_SLACK_PX = 1;

export function setValue(element: Element, value: string): void {
  const field = element as HTMLInputElement;
  // A script cannot choose a file, and browsers throw at the attempt.
  if (!('value' in field) || field.type === 'file') return;
  field.value = value;
}

export function setChoice(element: Element, choice: Choice): void {
  const field = element as HTMLInputElement & HTMLOptionElement;
  if ('selected' in field) field.selected = choice === 'chosen';
  if (!('checked' in field)) return;
  field.indeterminate = choice === 'indeterminate';
  field.checked = choice === 'chosen';
}

/** Moves an element into the browser's own top layer, or out of it. */
export function setLayer(element: Element, layer: Layer): void {
  const target = element as HTMLDialogElement;
  removeAttribute(element, `${MARK}fullscreen`);
  try {
    if (layer === 'modal') {
      // A dialog that is open already cannot become modal.
      if (target.open) target.close();
      target.showModal();
    } else if (layer === 'popover') {
      if (getAttribute(element, 'popover') === null) setAttribute(element, 'popover', 'manual');
      target.showPopover();
    } else if (layer === 'fullscreen') setAttribute(element, `${MARK}fullscreen`, '');
    else leaveLayer(target);
  } catch {
    // It is no dialog, or not in the document (any more): shown where it stands.
  }
}

function leaveLayer(element: HTMLDialogElement): void {
  if (typeof element.close === 'function' && element.open) element.close();
  else if (getAttribute(element, 'popover') !== null && element.matches(':popover-open')) element.hidePopover();
}

/** An element that was recorded without its content is a box of its size. */
export function setSize(element: Element, { width, height }: { width: number; height: number }): void {
  setAttribute(element, `${MARK}size`, '');
  const style = element.namespaceURI?.endsWith('svg') ? svgStyleOf(element as SVGElement) : styleOf(element as HTMLElement);
  style.setProperty('width', `${width}px`, 'important');
  style.setProperty('height', `${height}px`, 'important');
}

export function setMedia(element: Element, media: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(media)) setAttribute(element, `${MARK}${name}`, value);
}

/** Scrolls; answers whether that is where it is now. What is not laid out yet, or too short yet, cannot be scrolled. */
export function scroll(target: Node, { x, y }: { x: number; y: number }): boolean {
  const element = target.nodeType === Node.DOCUMENT_NODE ? scrollingElementOf(target as Document) : (target as Element);
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
