/** What a page hands over, as text. Nothing here throws, whatever it is given. */
import { warn } from './warn.ts';

/** A character is at most three bytes of UTF-8 here; `rum-protocol` allows 8,000 bytes of context. */
const MAX_CONTEXT_CHARS = 2_600;

/** The text of one JSON object; nothing for what is no object, is empty, is too long or cannot be written. */
export function contextJson(context: unknown): string | undefined {
  if (!context || typeof context !== 'object') return undefined;
  try {
    const json = JSON.stringify(context);
    if (json.length <= MAX_CONTEXT_CHARS) return json === '{}' ? undefined : json;
    warn(`context left out: it is longer than ${MAX_CONTEXT_CHARS} characters of JSON`);
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
