import type { Hook } from './core.ts';
export const createHook = (..._: unknown[]): Hook => ({ look: () => undefined, guard: (emit) => emit });
