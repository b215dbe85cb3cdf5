/** What the collector allows to be recorded: asked before anything is. */
import type { ReplayOptions } from '../recording.ts';
import { Level, LEVELS, type Policy } from './level.ts';

/** Waited for the answer, ms: a page is half read by then. */
const MAX_WAIT_MS = 3_000;

/** The policy to record by; nothing if the collector wants no recordings. No answer, or none that makes sense, locks. */
export async function askPolicy(
  fetch: typeof window.fetch,
  url: string,
  { defaultPrivacyLevel, replayTextShapes }: Pick<ReplayOptions, 'defaultPrivacyLevel' | 'replayTextShapes'>,
): Promise<Policy | undefined> {
  try {
    const response = await fetch(url, { credentials: 'omit', signal: AbortSignal.timeout(MAX_WAIT_MS) });
    const { version, replay, lock, level } = (response.ok ? await response.json() : {}) as Record<string, unknown>;
    if (replay === false) return undefined;
    const [own, least] = [LEVELS.indexOf(defaultPrivacyLevel), LEVELS.indexOf(level as string)];
    if (replay === true && (version as number) >>> 0 === version && typeof lock === 'boolean' && own >= 0 && least >= 0) {
      return { fallback: (lock ? Math.max(own, least) : own) as Level, isLocked: lock, isStrict: !replayTextShapes, version };
    }
  } catch {
    // As if it had answered nonsense.
  }
  return { fallback: Level.Mask, isLocked: true, isStrict: true };
}
