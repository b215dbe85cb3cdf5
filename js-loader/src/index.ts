/** npm entry: `import { rum } from 'rum-wasm'`. Importing it does nothing; on a server it stays that way. */
import { createRum } from './rum.ts';
import type { Rum } from './types.ts';

export type { Context, InitOptions, Match, Rum, TrackingConsent, ViewOptions } from './types.ts';

/** The SDK. */
export const rum: Rum = createRum(() => import('./boundary.ts'));
