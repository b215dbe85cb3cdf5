/** npm entry `rum-wasm/datadog`: the names of `@datadog/browser-rum`, so that a migration is a changed import. */
import { createDatadogRum } from './datadog-facade.ts';
import type { DatadogRum } from './datadog-types.ts';

export type { DatadogInitOptions, DatadogRum } from './datadog-types.ts';

/** The SDK under the official one's name. */
export const datadogRum: DatadogRum = createDatadogRum(() => import('./boundary.ts'));
