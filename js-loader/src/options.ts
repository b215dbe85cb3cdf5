import type { AdmittedOptions, CheckedOptions } from './types.ts';
import { warn } from './warn.ts';

/** For each option: its type, and its default where there is one. */
const OPTIONS: Record<string, [type: keyof typeof EXPECTED, fallback?: unknown]> = {
  applicationId: ['text'],
  endpoint: ['text'],
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
  trackingConsent: ['text'],
  intakeUrl: ['text'],
  instance: ['text'],
};

/** Their names. */
export const knownOptions = Object.keys(OPTIONS);

/** Words in quotes are all that is taken. */
const EXPECTED = {
  text: 'a string',
  boolean: 'true or false',
  list: 'an array',
  rate: 'a number from 0 to 100',
  level: "'mask', 'mask-user-input', 'mask-unless-allowlisted' or 'allow'",
};

/**
 * Admitted options (`admit.ts`) in, checked options out. A wrong option falls back to its default, and the
 * developer gets one console warning that names every wrong one and what was expected.
 */
export function checkOptions(admitted: AdmittedOptions): CheckedOptions {
  const checked: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, value] of Object.entries(admitted)) {
    const [type] = OPTIONS[name] ?? [];
    if (!type) {
      // What only some applications ask for is checked where it is done (`extras.ts`), and so is what nobody knows.
      checked.extra = { ...(checked.extra as object), [name]: value };
    } else if (isRight(type, value)) {
      checked[name] = value;
    } else if (value !== undefined) {
      faults.push(`${name} must be ${EXPECTED[type]}`);
    }
  }
  for (const [name, [, fallback]] of Object.entries(OPTIONS)) checked[name] ??= fallback;
  if (faults.length) warn(faults.join('; '));
  return checked as unknown as CheckedOptions;
}

function isRight(type: keyof typeof EXPECTED, value: unknown): boolean {
  switch (type) {
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
