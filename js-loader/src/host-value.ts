/** What a page hands over, as text. Nothing here throws, whatever it is given. */
import { warn } from './warn.ts';

/** Bytes of UTF-8; what `rum-protocol` allows. */
const MAX_CONTEXT_BYTES = 8_000;

let hasWarned = false;

/** The text of one JSON object; nothing for what is no object, is empty, is too long or cannot be written. */
export function contextJson(context: unknown): string | undefined {
  if (!context || typeof context !== 'object') return undefined;
  try {
    const json = JSON.stringify(context);
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
  try {
    return String(value);
  } catch {
    return 'a value without text';
  }
}
