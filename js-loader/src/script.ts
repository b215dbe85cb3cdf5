/** Script-tag entry: `<script async src=".../rum.js" data-application-id=... data-endpoint=...>`. */
import { script } from './requests.ts';
import { createRum } from './rum.ts';
import type { CoreModule, InitOptions, Rum } from './types.ts';

/** Name of the lazy part beside this file, with its content hash; set by build.mjs. */
declare const CORE_FILE: string;

/** What a page may put in our place to call us before we are loaded: `RUM.q.push(['init', {...}])`. */
interface Stub {
  q: [keyof Rum, ...unknown[]][];
}

declare global {
  interface Window {
    RUM?: Rum | Stub;
  }
}

const present = window.RUM;

// A second tag, or a second copy of the file, must not monitor the page twice.
if (!present || 'q' in present) {
  // Without a script element (the file was injected as text) there is no address to load the rest from.
  const base = script?.src ?? location.href;
  const rum = createRum(() => import(new URL(CORE_FILE, base).href) as Promise<CoreModule>);
  window.RUM = rum;
  // `data-application-id` and the like read as `applicationId` here, which are the option names.
  const given = script?.dataset;
  if ((given?.applicationId ?? given?.endpoint) !== undefined) rum.init(typed(given!) as unknown as InitOptions);
  for (const [method, ...args] of present?.q ?? []) {
    (rum[method] as ((...args: unknown[]) => void) | undefined)?.(...args);
  }
}

/**
 * Attributes are texts; some options are not. What is no number or boolean stays a text and is warned about. Lists
 * have commas between their entries.
 */
function typed(given: DOMStringMap): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, text = ''] of Object.entries(given)) {
    if (/(Urls|Parameters)$/.test(name)) options[name] = text.split(',');
    else if (/Rate$/.test(name)) options[name] = parseFloat(text);
    else options[name] = text === 'true' || (text !== 'false' && text);
  }
  return options;
}
