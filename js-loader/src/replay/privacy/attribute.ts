/** Which attributes are recorded: the list of those that are; whatever is not on it is left out. */
import { Role } from '../ops.ts';
import type { Level, Policy } from './level.ts';

/** What is recorded of an attribute's value, and what kind of text it is; nothing if it is not recorded. */
export function attributeValue(_element: Element, name: string, value: string, _level: Level, _policy: Policy): [text: string, role: Role] | undefined {
  return name === 'class' || name === 'id' ? [value, Role.AttributeValue] : undefined;
}
