/** What the pointer is over, what has the focus, what is selected: marks on elements, which the page's own styles then match. */
import type { DocumentModel, ModelNode } from './document-model.ts';
import { childNodesOf, nodeTypeOf, ownerDocumentOf, removeAttribute, selectionOf, setAttribute } from './dom.ts';
import { MARK } from './marks.ts';
import type { Selection } from './operation.ts';

type Mark = 'hover' | 'active' | 'focus' | 'focus-within';

export class Marks {
  readonly #shownOf: (id: number) => Node | undefined;
  readonly #marked: Record<Mark, Set<Element>> = { hover: new Set(), active: new Set(), focus: new Set(), 'focus-within': new Set() };
  #selected: Selection | null = null;

  constructor(shownOf: (id: number) => Node | undefined) {
    this.#shownOf = shownOf;
  }

  settle(model: DocumentModel): void {
    const { target, isPressed, focused, selection } = model.around;
    const hovered = this.#chain(model, target);
    this.#mark('hover', hovered);
    this.#mark('active', isPressed ? hovered : []);
    const focus = this.#chain(model, focused);
    this.#mark('focus', focus.slice(0, 1));
    this.#mark('focus-within', focus);
    if (selection !== this.#selected) this.#select(selection);
  }

  /** The element of a node and those around it, out of shadow roots too. */
  #chain(model: DocumentModel, id: number | null): Element[] {
    const elements: Element[] = [];
    for (let node: ModelNode | null | undefined = id === null ? null : model.nodes.get(id); node; node = node.parent) {
      const shown = node.content.kind === 'element' ? this.#shownOf(node.id) : undefined;
      if (shown) elements.push(shown as Element);
    }
    return elements;
  }

  #mark(mark: Mark, elements: readonly Element[]): void {
    const before = this.#marked[mark];
    const now = new Set(elements);
    for (const element of before) if (!now.has(element)) removeAttribute(element, MARK + mark);
    for (const element of now) if (!before.has(element)) setAttribute(element, MARK + mark, '');
    this.#marked[mark] = now;
  }

  #select(selection: Selection | null): void {
    const before = this.#selected && this.#shownOf(this.#selected.start);
    this.#selected = selection;
    const [start, end] = selection ? [this.#shownOf(selection.start), this.#shownOf(selection.end)] : [];
    const [left, entered] = [before, start].map((node) => (node ? ownerDocumentOf(node) : null));
    try {
      if (left) selectionOf(left)?.removeAllRanges();
      if (!selection || !start || !entered || !end) return;
      const [from, to] = [Math.min(selection.startOffset, lengthOf(start)), Math.min(selection.endOffset, lengthOf(end))];
      selectionOf(entered)?.setBaseAndExtent(start, from, end, to);
    } catch {
      // The two ends are not in one tree.
    }
  }
}

function lengthOf(node: Node): number {
  return nodeTypeOf(node) === Node.TEXT_NODE ? (node as Text).length : childNodesOf(node).length;
}
