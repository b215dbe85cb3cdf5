/** What is typed and chosen in form fields. */
import { attempt } from '../../host-value.ts';
import { Op } from '../ops.ts';
import { fieldValue, maySelect } from '../privacy/element.ts';
import { Level } from '../privacy/level.ts';
import type { Observe } from '../recording.ts';
import { hear, hearCalls, targetOf } from './hear.ts';
import { createWaiting } from './waiting.ts';

/** `SelectionState` */
const DESELECTED = 1;
const INDETERMINATE = 2;

export const observeInput: Observe = (recording) => {
  const { ops, ids, policy } = recording;
  /** The states told last. */
  const told = new WeakMap<Node, number | string>();

  const tell = (field: any, id: number, level: Level): void => {
    if (level === Level.Hidden || field.localName === 'select') return;
    const isChoice = field.localName === 'option' || /^(checkbox|radio)$/.test(field.type);
    const state = isChoice
      ? maySelect(field, level)
        ? field.indeterminate ? INDETERMINATE : +!(field.checked ?? field.selected)
        : undefined
      : fieldValue(field, level, policy);
    // Before anything is told a field is empty, and nothing is chosen.
    if (state === undefined || state === (told.get(field) ?? (isChoice ? DESELECTED : ''))) return;
    told.set(field, state);
    ops.add(isChoice ? Op.InputSelection : Op.InputValue, id);
    if (isChoice) ops.word(state as number);
    else ops.text(state as string);
  };

  const found = (field: Element, id: number, level: Level): void => {
    told.delete(field);
    attempt(() => tell(field, id, level));
  };

  /** Fields that wait, and whether others may have changed with them. */
  const waiting = createWaiting<boolean>(recording, (field, id, level, isFirst) => {
    if (isFirst) {
      const others: any = field.closest('select')?.options ?? (field.type === 'radio' && field.getRootNode().querySelectorAll('[type=radio]'));
      // A name that the page chose is no selector.
      for (const other of Array.from<any>(others || [])) if (other.name === field.name || other.index >= 0) waiting.add(other, false);
    }
    if (id) tell(field, id, level);
  });
  const touch = (field: Node): void => waiting.add(field, true);
  const heard = (event: Event): void => touch(targetOf(event));

  return {
    flush: waiting.flush,
    found,
    attribute(field, id, name) {
      if (/^(value|checked|selected|type)$/.test(name)) found(field, id, ids.level(id));
    },
    root(root) {
      const undo = hear(recording, root, {
        input: heard,
        change: heard,
        // Nobody has taken it back yet, nor has it been done.
        reset({ target, currentTarget }) {
          for (const field of Array.from<any>(currentTarget.querySelectorAll('input,textarea,option'))) if (field.form === target) waiting.add(field, false);
        },
      });
      const restore = hearCalls(
        recording,
        (root as Document).defaultView,
        ['HTMLInputElement', 'value checked indeterminate valueAsNumber valueAsDate', touch],
        ['HTMLTextAreaElement', 'value', touch],
        ['HTMLSelectElement', 'value selectedIndex', touch],
        ['HTMLOptionElement', 'selected', touch],
      );
      return () => {
        undo();
        restore();
      };
    },
  };
};
