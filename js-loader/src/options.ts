import { isMatch } from './match.ts';
import type { CheckedOptions } from './types.ts';
import { warn } from './warn.ts';

/** For each option: its type, or the texts it may be, and its default where there is one. */
const OPTIONS: Record<string, [type: string, fallback?: unknown]> = {
  applicationId: ['text!'],
  endpoint: ['text!'],
  clientToken: ['text'],
  service: ['text'],
  env: ['text'],
  version: ['text'],
  sessionSampleRate: ['rate', 100],
  sessionOnErrorSampleRate: ['rate', 0],
  sessionPersistence: ['places', 'local-storage'],
  trackSessionAcrossSubdomains: ['boolean', false],
  useSecureSessionCookie: ['boolean', false],
  usePartitionedCrossSiteSessionCookie: ['boolean', false],
  trackAnonymousUser: ['boolean', false],
  storeContextsAcrossPages: ['boolean', false],
  trackFeatureFlagsForEvents: ['list', []],
  honorGlobalPrivacyControl: ['boolean', false],
  beforeSend: ['function'],
  trackUserInteractions: ['boolean', true],
  trackResources: ['boolean', true],
  allowedTracingUrls: ['matches', []],
  traceSampleRate: ['rate', 100],
  traceContextInjection: ['sampled|all', 'sampled'],
  propagateTraceBaggage: ['boolean', false],
  allowedGraphQlUrls: ['matches', []],
  trackResourceHeaders: ['headers', false],
  trackingConsent: ['granted|not-granted', 'granted'],
};

const EXPECTED: Record<string, string> = {
  'text!': 'a non-empty string',
  text: 'a string',
  boolean: 'true or false',
  rate: 'a number from 0 to 100',
  places: "'cookie', 'local-storage' or 'memory', or a list of them",
  list: 'a list',
  function: 'a function',
  matches: 'a list of matches',
  headers: 'true, false or a list',
};

/**
 * Raw options in, checked options out. A missing id or endpoint, or a consent that cannot be read, stops the
 * SDK; any other wrong option falls back to its default. Either way the developer gets one console warning
 * that names every wrong option and what was expected.
 */
export function checkOptions(raw: unknown): CheckedOptions | undefined {
  const given = (raw && typeof raw === 'object' ? raw : {}) as Record<string, unknown>;
  const checked: Record<string, unknown> = {};
  const faults: string[] = [];
  let isUsable = true;
  for (const [name, [type, fallback]] of Object.entries(OPTIONS)) {
    const value = given[name];
    checked[name] = fallback;
    if (isRight(type, value)) {
      checked[name] = value;
    } else if (value !== undefined || type === 'text!') {
      faults.push(`${name} must be ${EXPECTED[type] ?? `'${type.replace('|', "' or '")}'`}`);
      isUsable &&= type !== 'text!' && name !== 'trackingConsent';
    }
  }
  for (const name of Object.keys(given)) {
    if (!OPTIONS[name]) faults.push(`${name} is not an option`);
  }
  const endpoint = isUsable && parseEndpoint(checked.endpoint as string);
  if (isUsable && !endpoint) {
    faults.push('endpoint must be an http(s) URL');
  }
  if (faults.length) warn(`${endpoint ? '' : 'not started: '}${faults.join('; ')}`);
  if (!endpoint) return undefined;
  // A page that manages consent sends nothing before it is granted, so each of its requests can say so: a
  // collector may take no others.
  const consent = given.trackingConsent ? '&c=1' : '';
  const key = encodeURIComponent((checked.clientToken || checked.applicationId) as string);
  return { ...checked, intakeUrl: `${endpoint}/v1?k=${key}${consent}` } as unknown as CheckedOptions;
}

function isRight(type: string, value: unknown): boolean {
  switch (type) {
    case 'text!':
      return typeof value === 'string' && value !== '';
    case 'text':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'rate':
      return typeof value === 'number' && value >= 0 && value <= 100;
    case 'places':
      return [value].flat().every((place) => /^(cookie|local-storage|memory)$/.test(place as string));
    case 'list':
      return Array.isArray(value);
    case 'function':
      return typeof value === 'function';
    case 'matches':
      return Array.isArray(value) && value.every((entry) => isMatch(entry) || isMatch(entry?.match));
    case 'headers':
      return typeof value === 'boolean' || Array.isArray(value);
    default:
      return type.split('|').includes(value as string);
  }
}

/** Origin and path without a slash at the end; a query or hash in an endpoint is a mistake and is dropped. */
function parseEndpoint(text: string): string | undefined {
  try {
    const url = new URL(text, location.href);
    return /^https?:$/.test(url.protocol) ? url.origin + url.pathname.replace(/\/+$/, '') : undefined;
  } catch {
    return undefined;
  }
}
