import type { Hook } from './core.ts';
export const createHook = (..._: unknown[]): Hook => ({ look: () => new Uint8Array(), guard: (emit) => emit });
