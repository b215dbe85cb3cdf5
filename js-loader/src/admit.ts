/**
 * What must be right before anything happens: where to send, for which application, and whether the visitor
 * agreed. Every other option is checked where the core is (`options.ts`): what a page loads first stays small.
 */
import type { AdmittedOptions, InitOptions } from './types.ts';
import { warn } from './warn.ts';

/** Nothing, and one warning that names every fault, where the SDK cannot start. */
export function admit(raw: unknown): AdmittedOptions | undefined {
  const given = (raw && typeof raw === 'object' ? raw : {}) as InitOptions;
  const faults: string[] = [];
  for (const name of ['applicationId', 'endpoint'] as const) {
    if (!isText(given[name])) faults.push(`${name} must be a non-empty string`);
  }
  const { trackingConsent = 'granted' } = given;
  if (!/^(not-)?granted$/.test(trackingConsent)) faults.push("trackingConsent must be 'granted' or 'not-granted'");
  const endpoint = isText(given.endpoint) && parseEndpoint(given.endpoint);
  if (endpoint === undefined) faults.push('endpoint must be an http(s) URL');
  if (faults[0]) {
    warn(`not started: ${faults.join('; ')}`);
    return undefined;
  }
  // A page that manages consent sends nothing before it is granted, so each of its requests can say so: a
  // collector may take no others.
  const consent = given.trackingConsent ? '&c=1' : '';
  const key = encodeURIComponent(isText(given.clientToken) ? given.clientToken : given.applicationId);
  return { ...given, trackingConsent, instance: '', intakeUrl: `${endpoint}/v1?k=${key}${consent}` };
}

const isText = (value: unknown): value is string => !!value && typeof value === 'string';

/** Origin and path without a slash at the end; a query or hash in an endpoint is a mistake and is dropped. */
function parseEndpoint(text: string): string | undefined {
  try {
    const url = new URL(text, location.href);
    return /^https?:$/.test(url.protocol) ? url.origin + url.pathname.replace(/\/+$/, '') : undefined;
  } catch {
    return undefined;
  }
}
