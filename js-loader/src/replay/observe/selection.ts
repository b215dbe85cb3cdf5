/** What is selected of the page's text. */
import { Op } from '../ops.ts';
import { Level } from '../privacy/level.ts';
import type { Tell, Watch } from './part.ts';

export const watchSelection: Watch = ({ ops, ids, now, later }) => {
  let last = '';

  /** Where a selection begins or ends. In a masked text an offset would tell a length: it begins and ends before it. */
  const place = (node: Node | undefined, offset: number): number[] => {
    // The recorded element may have fewer children.
    const child = ids.of(node?.childNodes[offset]);
    const id = ids.of(node);
    return child ? [child, 0] : [id, ids.level(id) > Level.MaskUserInput ? 0 : offset];
  };

  const tell: Tell = (document: Document) => {
    const selection = document.getSelection()!;
    const range: any = selection.rangeCount ? selection.getRangeAt(0) : {};
    const start = place(range.startContainer, range.startOffset);
    const end = place(range.endContainer, range.endOffset);
    const words = start[0] && end[0] && start.join() !== end.join() ? [...start, ...end] : [0, 0, 0, 0];
    // A caret that moves selects nothing, again.
    if (last !== (last = words.join())) ops.add(Op.Selected, now(), ...words);
  };

  return { heard: { selectionchange: ({ target }) => later(target.ownerDocument ?? target, tell) } };
};
