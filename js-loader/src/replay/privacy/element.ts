/** What is decided of an element before its attributes and children are looked at. */
import { Level, type Policy } from './level.ts';

/** What the walk does with an element. */
export const enum Fate {
  /** Recorded with its children. */
  Shown = 0,
  /** Recorded without attributes and children, as a box of its size. */
  Boxed = 1,
  /** Not recorded. */
  Left = 2,
}

/** The level of an element, from its parent's; what cannot be decided is hidden. */
export function levelOf(_element: Element, inherited: Level, _policy: Policy): Level {
  return inherited;
}

/** What becomes of an element of that level. */
export function fateOf(_element: Element, level: Level): Fate {
  return level === Level.Hidden ? Fate.Boxed : Fate.Shown;
}

/** What may be recorded of the value of a form field, as it is at this moment; masked, or nothing. */
export function fieldValue(_element: Element, _level: Level, _policy: Policy): string | undefined {
  return undefined;
}

/** Whether it may be told that a checkbox, radio button or option is chosen. */
export function maySelect(_element: Element, level: Level): boolean {
  return level === Level.Allow;
}

/** Whether an attribute of that name has a say in the level or the fate of its element. */
export function changesLevel(name: string): boolean {
  return name === 'class' || name === 'data-dd-privacy' || name === 'data-rum-privacy' || name === 'type' || name === 'autocomplete';
}
