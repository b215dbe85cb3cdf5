/**
 * The names the page's own style sheets ask for: classes, ids, attributes and their values. Below level allow nothing
 * else is recorded of these, for layout needs nothing else. A name that reads like a record's number is recorded under
 * an alias, in the sheet as in the element, so that it still matches.
 */
import { STABLE_VALUE } from '../../browser/selector.ts';
import { Level } from './level.ts';

/** Names kept, and aliases given: what a page of generated names would otherwise let grow. Then nothing new is learnt. */
const MAX_NAMES = 50_000;
/** Class attributes kept, with what is recorded of them. Pages with more of them make them up as they go. */
const MAX_CLASSES = 10_000;

const named = new Set<string>();
const aliases = new Map<string, string>();
const classes = new Map<string, string>();

/** A class or id; an attribute and its value. */
const NAME = /([.#](?:\\(?:[\da-f]{1,6}\s?|[^\da-f])|[-\w\u0080-\uffff])+)|(\[(?:\\[^]|[-\w:])+)(?:[~|^$*]?="((?:\\[^]|[^"\\])*))?/gi;

/**
 * Takes note of a selector, in the form the browser writes it. Answers which names in it are new, each as a
 * selector: what it finds is to be recorded again.
 */
export function learn(selectorText: string): string[] {
  const found: string[] = [];
  NAME.lastIndex = 0;
  for (let match; (match = NAME.exec(selectorText)); ) {
    const token = match[1];
    const attribute = match[2];
    const isNew = note(token ?? attribute);
    const isNewValue = note(match[3] && `${attribute}=${match[3]}`);
    if (isNew || isNewValue) found.push(token ?? `${attribute}]`);
  }
  return found;
}

/** Whether a name is new. */
function note(name: string | undefined): boolean {
  const key = name && unescape(name);
  if (!key || named.has(key) || named.size >= MAX_NAMES) return false;
  named.add(key);
  classes.clear();
  return true;
}

/** Whether a sheet asks for it: `.class`, `#id`, `[attribute`, `[attribute=value`. */
export function isNamed(name: string): boolean {
  return named.has(name);
}

/** What is recorded of a class attribute: below level allow the names that are asked for. */
export function classesAt(value: string, isOpen: boolean, fallback: Level): string | undefined {
  if (isOpen) return fallback ? value.replace(/\S+/g, (token) => alias(token, fallback)) : value;
  let known = classes.get(value);
  if (known === undefined) {
    const tokens = value.split(/\s+/).filter((token) => named.has(`.${token}`));
    known = tokens.map((token) => alias(token, fallback)).join(' ');
    if (classes.size < MAX_CLASSES) classes.set(value, known);
  }
  return known || undefined;
}

/** The name under which a token is recorded: itself, if it can be no data, or all of the page is shown. */
export function alias(token: string, level: Level, isForced?: boolean): string {
  if (!level || (!isForced && STABLE_VALUE.test(token))) return token;
  let other = aliases.get(token);
  if (!other) {
    other = `rum${aliases.size}`;
    if (aliases.size < MAX_NAMES) aliases.set(token, other);
  }
  return other;
}

/** The name under which an id, and what refers to it, is recorded. */
export function aliasOfId(id: string, level: Level): string {
  return alias(id, level, !named.has(`#${id}`));
}

/** CSS escapes undone. */
export function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:([\da-f]{1,6})\s?|([^]))/gi, (_, hex: string | undefined, char: string) =>
    hex ? String.fromCodePoint(parseInt(hex, 16) % 0x110000) : char,
  );
}
