/** What the collector's second port tells of replays. */
import type { Marker } from '../player/index.ts';

export interface ReplaySession {
  readonly session_id: string;
  readonly application_id: string;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly views: number;
  readonly segments: number;
  readonly bytes: number;
}

export interface Replay {
  readonly segments: readonly { readonly id: string | number }[];
  readonly markers: readonly { readonly at_ms: number; readonly kind: Marker['kind']; readonly text: string }[];
}

/** Sessions listed. */
const LIST_LIMIT = 100;
/** Segments asked for at once: a browser opens six connections to a server. */
const PARALLEL_REQUESTS = 4;

export async function fetchReplays(): Promise<readonly ReplaySession[]> {
  const { replays } = (await ask(`api/replays?limit=${LIST_LIMIT}`)) as { replays: ReplaySession[] };
  return replays;
}

export async function fetchReplay(sessionId: string): Promise<Replay> {
  return (await ask(`api/replays/${encodeURIComponent(sessionId)}`)) as Replay;
}

/** The segments that can be had; one that cannot is missing, as one that was never recorded. */
export async function fetchSegments({ segments }: Replay, told: (done: number) => void): Promise<{ found: unknown[]; missing: number }> {
  const waiting = [...segments];
  const found: unknown[] = [];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const segment = await ask(`api/replay-segments/${encodeURIComponent(String(next.id))}`).catch(() => undefined);
      if (segment !== undefined) found.push(segment);
      done += 1;
      told(done);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_REQUESTS }, work));
  return { found, missing: segments.length - found.length };
}

async function ask(path: string): Promise<unknown> {
  const response = await fetch(path);
  if (!response.ok) throw new Error((await response.text()).trim() || `The collector answered ${response.status}`);
  return response.json();
}
