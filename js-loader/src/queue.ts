import type { Call, Sdk } from './types.ts';

/** Calls kept at most until the core is there. */
const MAX_CALLS = 100;

/** Calls made before the core is there: kept in order up to a bound, then made at once. */
export function createQueue(): { push(call: Call): void; drain(sdk: Sdk): void } {
  const calls: Call[] = [];
  return {
    push(call) {
      if (calls.length < MAX_CALLS) calls.push(call);
    },
    drain(sdk) {
      for (const call of calls.splice(0)) sdk.call(call);
    },
  };
}
