/** What the collector allows. */
import type { ReplayOptions } from '../recording.ts';
import { Level, type Policy } from './level.ts';

/** By what is recorded; nothing if the collector forbids it. */
export async function askPolicy(_fetch: typeof window.fetch, _url: string, _options: ReplayOptions): Promise<Policy | undefined> {
  return { fallback: Level.Mask, isLocked: true, isStrict: true };
}
