/**
 * What must be right before anything happens: where to send, for which application, and whether the visitor
 * agreed. Every other option is checked where the core is (`options.ts`): what a page loads first stays small.
 */
import { attempt } from './host-value.ts';
import type { AdmittedOptions, InitOptions } from './types.ts';
import { warn } from './warn.ts';

/** Nothing, and one warning that names every fault, where the SDK cannot start. */
export function admit(raw: unknown, instance = ''): AdmittedOptions | undefined {
  const given = { ...(raw as InitOptions) };
  const faults: string[] = [];
  if (!isText(given.applicationId)) faults.push('applicationId must be a non-empty string');
  const { trackingConsent = 'granted' } = given;
  if (!/^(not-)?granted$/.test(trackingConsent)) faults.push("trackingConsent must be 'granted' or 'not-granted'");
  const url = attempt(() => new URL(given.endpoint, location.href));
  if (!isText(given.endpoint) || !/^https?:/.test(String(url))) faults.push('endpoint must be an http(s) URL');
  if (!url || faults.length) {
    warn(`not started: ${faults.join('; ')}`);
    return undefined;
  }
  // A page that manages consent sends nothing before it is granted, so each of its requests can say so: a
  // collector may take no others.
  const consent = given.trackingConsent ? '&c=1' : '';
  // A slash at the end, a query or a hash are mistakes in an endpoint and are dropped.
  const endpoint = url.origin + url.pathname.replace(/\/+$/, '');
  const key = encodeURIComponent(isText(given.clientToken) ? given.clientToken : given.applicationId);
  return { ...given, trackingConsent, instance, intakeUrl: `${endpoint}/v1?k=${key}${consent}` };
}

const isText = (value: unknown): value is string => !!value && typeof value === 'string';
