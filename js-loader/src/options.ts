import type { CheckedOptions } from './types.ts';
import { warn } from './warn.ts';

/** For each option: its type, and its default where there is one. */
const OPTIONS: Record<string, [type: keyof typeof EXPECTED, fallback?: unknown]> = {
  applicationId: ['text!'],
  endpoint: ['text!'],
  clientToken: ['text'],
  service: ['text'],
  env: ['text'],
  version: ['text'],
  sessionSampleRate: ['rate', 100],
  honorGlobalPrivacyControl: ['boolean', false],
  trackUserInteractions: ['boolean', true],
  trackFailedRequests: ['boolean', false],
  actionNameAttribute: ['text'],
  enablePrivacyForActionName: ['boolean', true],
  defaultPrivacyLevel: ['level', 'mask'],
  trackViewsManually: ['boolean', false],
  allowedQueryParameters: ['list', []],
  excludedActivityUrls: ['list', []],
  trackLongTasks: ['boolean', true],
  trackResources: ['boolean', true],
  trackingConsent: ['consent', 'granted'],
};

/** Their names. */
export const knownOptions = Object.keys(OPTIONS);

/** Words in quotes are all that is taken. */
const EXPECTED = {
  'text!': 'a non-empty string',
  text: 'a string',
  boolean: 'true or false',
  list: 'an array',
  rate: 'a number from 0 to 100',
  level: "'mask', 'mask-user-input', 'mask-unless-allowlisted' or 'allow'",
  consent: "'granted' or 'not-granted'",
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
      faults.push(`${name} must be ${EXPECTED[type]}`);
      isUsable &&= type !== 'text!' && type !== 'consent';
    }
  }
  // What only some applications ask for is checked where it is done (`extras.ts`), and so is what nobody knows.
  for (const [name, value] of Object.entries(given)) {
    if (!OPTIONS[name]) checked.extra = { ...(checked.extra as object), [name]: value };
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

function isRight(type: keyof typeof EXPECTED, value: unknown): boolean {
  switch (type) {
    case 'text!':
      return typeof value === 'string' && value !== '';
    case 'text':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'rate':
      return typeof value === 'number' && value >= 0 && value <= 100;
    default:
      return typeof value === 'string' && EXPECTED[type].includes(`'${value}'`);
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
