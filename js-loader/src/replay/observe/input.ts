/** What is typed and chosen in form fields. */
import { Op } from '../ops.ts';
import { fieldValue, maySelect } from '../privacy/element.ts';
import { Level } from '../privacy/level.ts';
import type { Tell, Watch } from './part.ts';

/** `SelectionState` */
const DESELECTED = 1;
const INDETERMINATE = 2;

export const watchInput: Watch = ({ ops, policy, later }) => {
  /** The states told last, and of which number. Before anything is told a field is empty, and nothing is chosen. */
  const told = new WeakMap<Node, [id: number, state: number | string]>();

  const tell: Tell = (field, id, level) => {
    const { type = field.localName, indeterminate, checked = field.selected } = field;
    if (!id || level === Level.Hidden || /^select/.test(type)) return;
    const isChoice = /^(option|checkbox|radio)$/.test(type);
    let state: number | string | undefined;
    if (!isChoice) state = fieldValue(field, level, policy);
    else state = indeterminate ? INDETERMINATE : +!checked;
    const [of, before] = told.get(field) ?? [];
    if (state === undefined || state === (of === id ? before : isChoice ? DESELECTED : '') || (isChoice && !maySelect(field, level))) return;
    told.set(field, [id, state]);
    if (isChoice) return ops.add(Op.InputSelection, id, state as number);
    ops.add(Op.InputValue, id);
    ops.text(state as string);
  };

  const tellAll = (root: ParentNode, selector: string): void => root.querySelectorAll(selector).forEach((field) => later(field, tell));
  /** With those that may change when it does: what did not is not told. A name that the page chose is no selector. */
  const tellGroup: Tell = (field) => {
    const select = field.closest('select');
    later(field, tell);
    if (select) tellAll(select, 'option');
    if (field.type === 'radio') tellAll(field.getRootNode(), '[type=radio]');
  };
  const touch = (field: Node): void => later(field, tellGroup);
  const heard = (event: Event): void => touch(event.composedPath()[0] as Node);

  return {
    found: tell,
    again: tell,
    heard: {
      input: heard,
      change: heard,
      // It is done by the time the batch is.
      reset: ({ currentTarget }) => tellAll(currentTarget, 'input,textarea,option'),
    },
    calls: [
      ['HTMLInputElement', 'value checked indeterminate valueAsNumber valueAsDate stepUp stepDown setRangeText', touch],
      ['HTMLTextAreaElement', 'value setRangeText', touch],
      ['HTMLSelectElement', 'value selectedIndex', touch],
      ['HTMLOptionElement', 'selected', touch],
    ],
  };
};
