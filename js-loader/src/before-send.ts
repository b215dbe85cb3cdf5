import type { Hook } from './core.ts';
export const createHook = (): Hook => ({ look: () => new Uint8Array(), guard: (emit) => emit });
