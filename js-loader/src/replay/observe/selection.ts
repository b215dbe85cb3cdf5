/** What is selected of the page's text. */
import { Op } from '../ops.ts';
import { Level } from '../privacy/level.ts';
import type { Tell, Watch } from './part.ts';

export const watchSelection: Watch = ({ ops, ids, now, later }) => {
  let last = '';

  /** Where a selection begins or ends. In a masked text an offset would tell a length: it begins and ends before it. */
  const place = (node: Node, offset: number): [id: number, offset: number] => {
    // The recorded element may have fewer children.
    const child = ids.of(node.childNodes[offset]);
    if (child) return [child, 0];
    const id = ids.of(node);
    return [id, ids.level(id) > Level.MaskUserInput ? 0 : offset];
  };

  const tell: Tell = (document: Document) => {
    const selection = document.getSelection()!;
    let words: number[] = [];
    if (selection.rangeCount) {
      const { startContainer, startOffset, endContainer, endOffset } = selection.getRangeAt(0);
      words = [...place(startContainer, startOffset), ...place(endContainer, endOffset)];
    }
    const [start, startOffset, end, endOffset] = words;
    if (!start || !end || (start === end && startOffset === endOffset)) words = [0, 0, 0, 0];
    // A caret that moves selects nothing, again.
    if (last !== (last = words.join())) ops.add(Op.Selected, now(), ...words);
  };

  return { heard: { selectionchange: ({ target }) => later(target.ownerDocument ?? target, tell) } };
};
