/** What is selected of the page's text. */
import { Op } from '../ops.ts';
import { Level } from '../privacy/level.ts';
import type { Observe } from '../recording.ts';
import { attempt } from '../../host-value.ts';
import { hear } from './hear.ts';

export const observeSelection: Observe = (recording) => {
  const { ops, ids } = recording;
  const changed = new Set<Document>();
  let last = '';

  /** Where a selection begins or ends. In a masked text an offset would tell a length: it begins and ends before it. */
  const place = (node: Node, offset: number): [id: number, offset: number] => {
    // The recorded element may have fewer children.
    const child = node.childNodes[offset];
    if (child && ids.of(child)) return [ids.of(child), 0];
    const id = ids.of(node);
    return [id, ids.level(id) > Level.MaskUserInput ? 0 : offset];
  };

  const tell = (selection: Selection): void => {
    const range = selection.rangeCount && selection.getRangeAt(0);
    const ends = range ? [...place(range.startContainer, range.startOffset), ...place(range.endContainer, range.endOffset)] : [];
    const isSelected = ends[0] && ends[2] && !(ends[0] === ends[2] && ends[1] === ends[3]);
    const words = isSelected ? ends : [0, 0, 0, 0];
    // A caret that moves selects nothing, again.
    if (last === (last = isSelected ? words.join() : '')) return;
    ops.add(Op.Selected, recording.now(), ...words);
  };

  return {
    flush() {
      for (const root of changed) attempt(() => tell(root.getSelection()!));
      changed.clear();
    },
    root: (root) =>
      hear(recording, root, {
        selectionchange() {
          changed.add(root.ownerDocument ?? (root as Document));
          recording.schedule();
        },
      }),
  };
};
