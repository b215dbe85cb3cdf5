/** What a page hands over, as text. Nothing here throws, whatever it is given. */
import { warn } from './warn.ts';

/** Bytes of UTF-8; what `rum-protocol` allows. */
const MAX_CONTEXT_BYTES = 8_000;

let hasWarned = false;

/** What reading gives; nothing where it throws, which the developer may be told. */
export function attempt<T>(read: () => T, warning?: string): T | undefined {
  try {
    return read();
  } catch (fault) {
    if (warning) warn(warning, fault);
  }
  return undefined;
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A copy of an object's properties; none of what is no object, or cannot be read. */
export function plain(value: unknown): Record<string, unknown> {
  return attempt(() => ({ ...(isObject(value) ? value : {}) })) ?? {};
}

/** A property that is a text. */
export function textOf(value: unknown, key: string): string | undefined {
  const text = attempt(() => (value as Record<string, unknown>)[key]);
  return typeof text === 'string' ? text : undefined;
}

/**
 * The text of one JSON object with the properties of all of them, later ones first in rank; nothing where there
 * are none, for too long a text, and for what cannot be written.
 */
export function contextJson(...contexts: unknown[]): string | undefined {
  try {
    const json = JSON.stringify(Object.assign({}, ...contexts.filter(isObject)));
    if (new TextEncoder().encode(json).length <= MAX_CONTEXT_BYTES) return json === '{}' ? undefined : json;
    // Once: a context is told again with every change.
    if (!hasWarned) warn(`context left out: it is longer than ${MAX_CONTEXT_BYTES} bytes of JSON`);
    hasWarned = true;
  } catch (fault) {
    warn('context left out: it cannot be written as JSON', fault);
  }
  return undefined;
}

/** Never JSON, which would carry the fields of an object along. */
export function toText(value: unknown): string {
  return attempt(() => String(value)) ?? 'a value without text';
}
