/** Script-tag entry `datadog-rum.js`: sets `window.DD_RUM`, in place of the official file. */
import { createDatadogRum } from './datadog-facade.ts';
import type { DatadogRum } from './datadog-types.ts';
import type { CoreModule } from './types.ts';

/** Name of the lazy part beside this file, with its content hash; set by build.mjs. */
declare const CORE_FILE: string;

/** What Datadog's snippet puts in its place until then: `DD_RUM.onReady(callback)`. */
interface Stub {
  q?: (() => void)[];
}

const scope = window as unknown as { DD_RUM?: DatadogRum | Stub };
const present = scope.DD_RUM;

// A second tag must not monitor the page twice; nor is the official SDK replaced where it is there already.
if (!present || 'q' in present) {
  const base = (document.currentScript as HTMLScriptElement | null)?.src ?? location.href;
  const datadogRum = createDatadogRum(() => import(new URL(CORE_FILE, base).href) as Promise<CoreModule>);
  scope.DD_RUM = datadogRum;
  for (const callback of present?.q ?? []) datadogRum.onReady(callback);
}
