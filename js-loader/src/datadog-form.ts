/**
 * Values and fields of ours as Datadog's events have them, and back: for `beforeSend`. Which field stands where is in
 * `datadog-fields.ts`. What stands in no table passes as it is.
 */
import { uuid } from './browser/session.ts';
import type { Read, ReadField } from './decode.ts';
import { encode, share, type Field, type Value } from './encode.ts';
import { contextJson } from './host-value.ts';

/** What `rum-protocol` takes: a short text, an error's message, its stack. */
export const [MAX_TEXT_BYTES, MAX_MESSAGE_BYTES, MAX_STACK_BYTES] = [1_000, 2_000, 8_000];

/** A value of ours as Datadog has it, and back; nothing for what cannot be. */
interface Form {
  show(value: Read): unknown;
  take(shown: unknown): Value | undefined;
}

/** Where a field stands in Datadog's event, dots between the names; a struct's fields stand on their own. */
type Entry = [key: number, path: string, form: Form] | [key: number, table: Table];
export type Table = Entry[];

export const textUpTo = (maxBytes: number): Form => ({
  show: (value) => value,
  take: (shown) => (typeof shown === 'string' ? cut(shown, maxBytes) : undefined),
});
export const text = textUpTo(MAX_TEXT_BYTES);
export const number: Form = { show: (value) => value, take: (shown) => (isNumber(shown) ? shown : undefined) };
export const flag: Form = { show: (value) => value, take: (shown) => (typeof shown === 'boolean' ? shown : undefined) };
export const ratio: Form = { show: (value) => value, take: (shown) => (isNumber(shown) ? share(shown) : undefined) };
/** Whole microseconds; whole nanoseconds. */
export const time: Form = {
  show: (value) => (value as number) * 1_000,
  take: (shown) => (isNumber(shown) && shown >= 0 ? shown / 1_000 : undefined),
};
/** One that the protocol demands: what was taken out leaves nothing behind, but it leaves that. */
export const needed = ({ show, take }: Form, nothing: Value): Form => ({ show, take: (shown) => take(shown) ?? nothing });
export const neededText = needed(text, '');
export const neededNumber = needed(number, 0);
export const neededTime = needed(time, 0);
export const id: Form = { show: (value) => uuid(value as Uint8Array), take: () => undefined };
export const blocking: Form = {
  show: (value) => (value ? 'blocking' : 'non-blocking'),
  take: (shown) => (typeof shown === 'string' ? shown === 'blocking' : undefined),
};
export const json: Form = { show: (value) => JSON.parse(value as string), take: contextJson };
/** A number that stands for a word. */
export const oneOf = (...words: string[]): Form => ({
  show: (value) => words[value as number],
  take: (shown) => (words.includes(shown as string) ? words.indexOf(shown as string) : undefined),
});
/** A bit for each word. */
export const someOf = (...words: string[]): Form => ({
  show: (value) => words.filter((_, bit) => ((value as number) >> bit) & 1),
  take(shown) {
    let bits = 0;
    words.forEach((word, bit) => {
      if (Array.isArray(shown) && shown.includes(word)) bits |= 1 << bit;
    });
    return bits;
  },
});
/** A struct without keys. */
export const tuple = (...names: [name: string, form: Form][]): Form => ({
  show: (value) => Object.fromEntries(names.map(([name, { show }], index) => [name, show((value as Read[])[index]!)])),
  take(shown) {
    const values = names.map(([name, { take }]) => take((shown as Record<string, unknown> | undefined)?.[name]));
    return values.every((value) => value !== undefined) ? values : undefined;
  },
});
export const listOf = ({ show, take }: Form): Form => ({
  show: (value) => (value as Read[]).map(show),
  take: (shown) => (Array.isArray(shown) ? shown.map(take).filter((value) => value !== undefined) : undefined),
});
/** A list of names with values. */
export const mapOf = ({ show, take }: Form): Form => ({
  show: (value) => Object.fromEntries((value as Read[][]).map(([name, item]) => [name, show(item!)])),
  take: (shown) =>
    Object.entries((shown as object | undefined) ?? {}).flatMap(([name, item]) => {
      const taken = take(item);
      return taken === undefined ? [] : [[name, taken]];
    }),
});
/** A struct with keys in a place of its own. */
export const struct = (table: Table): Form => ({
  show(value) {
    const shown = {};
    put(shown, table, (value as { fields: ReadField[] }).fields);
    return shown;
  },
  take: (shown) => (shown && typeof shown === 'object' ? { fields: fieldsOf(shown, table) } : undefined),
});

/** Puts fields into an event of Datadog's form. */
export function put(event: object, table: Table, fields: ReadField[]): void {
  for (const { key, value } of fields) {
    const entry = table.find(([known]) => known === key);
    if (!entry) continue;
    if (entry.length === 2) put(event, entry[1], (value as { fields: ReadField[] }).fields);
    else set(event, entry[1], entry[2].show(value));
  }
}

/**
 * The fields of an event that may have been changed. What was not changed stays as it was to the byte, which
 * needs no way back; what is no longer there, or not of its type, is left out.
 */
export function replaced(before: object, after: object, table: Table, fields: ReadField[]): Uint8Array {
  const bytes: number[] = [];
  for (const { key, raw } of fields) {
    const entry = table.find(([known]) => known === key);
    // Ids are what they are.
    if (!entry || entry[2] === id || !pathsOf(entry).some((path) => isChanged(before, after, path))) bytes.push(...raw);
  }
  for (const entry of table) {
    if (entry[2] !== id && pathsOf(entry).some((path) => isChanged(before, after, path))) bytes.push(...encode(fieldsOf(after, [entry])));
  }
  return Uint8Array.from(bytes);
}

/** Whether what stands in a place differs from what stood there. */
export function isChanged(before: object, after: object, path: string): boolean {
  return JSON.stringify(get(before, path)) !== JSON.stringify(get(after, path));
}

function fieldsOf(event: object, table: Table): Field[] {
  return table.map((entry): Field => {
    if (entry.length === 3) return [entry[0], entry[2].take(get(event, entry[1]))];
    // What is not there at all must not come to be for what it would need.
    const isThere = pathsOf(entry).some((path) => get(event, path) !== undefined);
    return [entry[0], isThere ? { fields: fieldsOf(event, entry[1]) } : undefined];
  });
}

function pathsOf(entry: Entry): string[] {
  return entry.length === 3 ? [entry[1]] : entry[1].flatMap(pathsOf);
}

type Branch = Record<string, unknown>;

function get(event: object, path: string): unknown {
  return path.split('.').reduce<unknown>((branch, name) => (branch as Branch | undefined)?.[name], event);
}

function set(event: object, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop()!;
  const branch = names.reduce<Branch>((parent, name) => (parent[name] ??= {}) as Branch, event as Branch);
  branch[last] = value;
}

/** At most so many bytes of UTF-8, never half a character. */
function cut(whole: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(whole);
  if (bytes.length <= maxBytes) return whole;
  return new TextDecoder().decode(bytes.subarray(0, maxBytes)).replace(/\uFFFD$/, '');
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
