/**
 * Limits of what runs before the core is there. They are a file of their own because esbuild writes a constant out
 * only where it is imported from a file that imports nothing.
 */

/** DOM events kept at most: a page that throws in a loop must not fill memory before the core is there. */
export const MAX_EVENTS = 100;

/** Calls of the public API kept at most. */
export const MAX_CALLS = 100;

/** Requests kept at most; of what is more there is only what the browser measures. */
export const MAX_REQUEST_CALLS = 600;

/** A session ends after this long without activity, and at this age, as in `rum-wasm/src/session.rs`. */
export const MAX_IDLE_MS = 900_000;
export const MAX_AGE_MS = 14_400_000;
