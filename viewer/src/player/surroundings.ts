/** What a recording tells beside the document: its window, the pointer, focus and selection. */
import type { Operation, PointerAt, Selection, VisualViewport } from './operation.ts';

export interface Surroundings {
  viewport: { readonly width: number; readonly height: number };
  visualViewport: VisualViewport | null;
  href: string;
  hasWindowFocus: boolean;
  focused: number | null;
  selection: Selection | null;
  pointer: PointerAt | null;
  isPressed: boolean;
  /** What the pointer is over. */
  target: number | null;
}

/** A viewport where none was told, CSS pixels. */
const DEFAULT_VIEWPORT = { width: 1024, height: 768 };

export function emptySurroundings(): Surroundings {
  return {
    viewport: DEFAULT_VIEWPORT,
    visualViewport: null,
    href: '',
    hasWindowFocus: true,
    focused: null,
    selection: null,
    pointer: null,
    isPressed: false,
    target: null,
  };
}

/** What holds when the document goes: the window looks as it did until the next view says otherwise. */
export function surroundingsAfter({ viewport, href, pointer, hasWindowFocus }: Surroundings): Surroundings {
  return { ...emptySurroundings(), viewport, href, pointer, hasWindowFocus };
}

/** Whether an operation is about the window and not the document, and so holds whatever the nodes are. */
export function isOfWindow({ op }: Operation): boolean {
  return OF_WINDOW.has(op);
}

const OF_WINDOW: ReadonlySet<Operation['op']> = new Set([
  'viewport', 'visualViewport', 'href', 'windowFocus', 'focus', 'selection', 'pointer', 'press', 'click',
]);

/** Applies an operation; answers whether it was one that is told here. */
export function surround(around: Surroundings, operation: Operation): boolean {
  switch (operation.op) {
    case 'viewport':
      around.viewport = { width: operation.width, height: operation.height };
      return true;
    case 'visualViewport':
      around.visualViewport = operation.viewport;
      return true;
    case 'href':
      around.href = operation.href;
      return true;
    case 'windowFocus':
      around.hasWindowFocus = operation.hasFocus;
      return true;
    case 'focus':
      around.focused = operation.id;
      return true;
    case 'selection':
      around.selection = operation.selection;
      return true;
    case 'pointer':
      around.pointer = operation.pointer;
      around.target = operation.target ?? around.target;
      return true;
    case 'press':
      around.pointer = operation.pointer ?? around.pointer;
      around.isPressed = operation.isDown;
      return true;
    case 'click':
      around.pointer = operation.pointer;
      around.target = operation.target;
      return true;
    default:
      // What only the timeline shows.
      return operation.op === 'frustration' || operation.op === 'viewEnd';
  }
}
