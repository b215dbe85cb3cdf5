/** What the page sends by itself when it is left. */
import type { FromEngine } from './port.ts';

export interface Exit {
  /** A batch was handed to the engine. */
  sent(number: number): void;
  /** The engine said something: every message of it comes here, too. */
  hear(message: FromEngine): void;
  /** The page may be gone after this. */
  leave(): void;
}

export function createExit(_segmentUrl: string, _fetch: typeof window.fetch): Exit {
  return { sent() {}, hear() {}, leave() {} };
}
