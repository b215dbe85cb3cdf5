// The one way to wait in these tests: look again until it holds, and say why it never did.

const LOOK_AGAIN_AFTER_MS = 50

/** Long enough for a busy machine; a passing test never waits for it. */
const DEFAULT_DEADLINE_MS = 30_000

/** Runs `check` until it no longer throws and returns its answer; at the deadline throws the last failure. */
export async function eventually<T>(what: string, check: () => T | Promise<T>, within_ms = DEFAULT_DEADLINE_MS): Promise<T> {
  const deadline_ms = performance.now() + within_ms
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > deadline_ms) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new Error(`Not within ${within_ms} ms: ${what}. Last: ${reason}`, { cause: error })
      }
    }
    await pause(LOOK_AGAIN_AFTER_MS)
  }
}

/** For time that is itself the subject of a test (an outage of one minute), never to wait for something. */
export function pause(duration_ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration_ms))
}
