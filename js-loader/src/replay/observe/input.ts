/** What is typed and chosen in form fields. */
import { Op } from '../ops.ts';
import { fieldValue, maySelect } from '../privacy/element.ts';
import { Level } from '../privacy/level.ts';
import { targetOf } from './hear.ts';
import type { Tell, Watch } from './part.ts';

/** `SelectionState` */
const DESELECTED = 1;
const INDETERMINATE = 2;

export const watchInput: Watch = ({ ops, ids, policy, later }) => {
  /** The states told last. Before anything is told a field is empty, and nothing is chosen. */
  const told = new WeakMap<Node, number | string>();

  const tell: Tell = (field, id, level) => {
    const { localName, type } = field;
    if (!id || level === Level.Hidden || localName === 'select') return;
    const isChoice = localName === 'option' || /^(checkbox|radio)$/.test(type);
    const state = !isChoice
      ? fieldValue(field, level, policy)
      : maySelect(field, level)
        ? field.indeterminate ? INDETERMINATE : +!(field.checked ?? field.selected)
        : undefined;
    if (state === undefined || state === (told.get(field) ?? (isChoice ? DESELECTED : ''))) return;
    told.set(field, state);
    if (isChoice) return ops.add(Op.InputSelection, id, state as number);
    ops.add(Op.InputValue, id);
    ops.text(state as string);
  };
  const found: Tell = (field, id, level) => {
    told.delete(field);
    tell(field, id, level);
  };

  const tellAll = (fields: Iterable<Node>): void => {
    for (const field of fields) later(field, tell);
  };
  /** With those that change when it does. A name that the page chose is no selector. */
  const tellGroup: Tell = (field) => {
    const { name, type } = field;
    tellAll([field, ...(field.closest('select')?.options ?? [])]);
    if (type === 'radio') tellAll([...field.getRootNode().querySelectorAll('[type=radio]')].filter((other) => other.name === name));
  };
  const touch = (field: Node): void => later(field, tellGroup);
  const heard = (event: Event): void => touch(targetOf(event));

  return {
    found,
    attribute(field, id, name) {
      if (/^(value|checked|selected|type)$/.test(name)) found(field, id, ids.level(id));
    },
    heard: {
      input: heard,
      change: heard,
      // It is done by the time the batch is.
      reset: ({ target, currentTarget }) => tellAll([...currentTarget.querySelectorAll('input,textarea,option')].filter(({ form }) => form === target)),
    },
    calls: [
      ['HTMLInputElement', 'value checked indeterminate valueAsNumber valueAsDate', touch],
      ['HTMLTextAreaElement', 'value', touch],
      ['HTMLSelectElement', 'value selectedIndex', touch],
      ['HTMLOptionElement', 'selected', touch],
    ],
  };
};
