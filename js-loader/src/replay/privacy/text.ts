/** Masked texts. */
import type { Policy } from './level.ts';

/** A text that says nothing but how much room it takes. */
export function maskText(text: string, _policy: Policy): string {
  return text.replace(/\S/g, 'x');
}
