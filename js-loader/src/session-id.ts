/**
 * The id of the session, for what cannot wait until the core is there. The core decides about sessions; this
 * only foretells what it will find: the stored session while it lives, else one that begins with the id made here.
 */

import { attempt } from './host-value.ts';
import { MAX_AGE_MS, MAX_IDLE_MS } from './limits.ts';

/** The id, 32 hexadecimal digits, of a session as `sdk.ts` stores it (somewhere in the text), if it lives. */
export function livingSession(stored: string, nowMs: number): string | undefined {
  // Digits compare as numbers with numbers.
  const [, id, started, active] = (/(\w{32})\.(\d+)\.(\d+)/.exec(stored) ?? []) as any[];
  return started <= nowMs && nowMs - started < MAX_AGE_MS && nowMs - active < MAX_IDLE_MS ? id : undefined;
}

/** What the site's last page stored, in either of the places it may be kept in. */
export function storedSession(instance: string): string {
  // A page may be forbidden to use storage.
  return attempt(() => localStorage.getItem(`rum_session${instance && `_${instance}`}`) ?? document.cookie) ?? '';
}

/** The 32 digits of an id as a UUID, the form Datadog demands. */
export const dashed = (digits: string): string => digits.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** Random numbers of 64 bits. */
export const random = (count: number): bigint[] => [...crypto.getRandomValues(new BigUint64Array(count))];

/** The 16 digits of a number of 64 bits. */
export const hex = (number: bigint): string => number.toString(16).padStart(16, '0');

/** The digits of a UUID v4. */
export const newSessionId = (): string => random(2).map(hex).join('').replace(/(.{12}).(.{3})./, '$14$2a');
