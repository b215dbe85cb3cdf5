/**
 * The id of the session, for what cannot wait until the core is there. The core decides about sessions; this
 * only foretells what it will find: the stored session while it lives, else one that begins with the id made here.
 */

/** As in `rum-wasm/src/session.rs`. */
const MAX_IDLE_MS = 15 * 60_000;
const MAX_AGE_MS = 4 * 3_600_000;

/** What the site's last page stored, in either of the places `browser/session.ts` keeps it in; empty for nothing. */
export function storedSession(instance: string): string {
  const key = `rum_session${instance && `_${instance}`}`;
  try {
    return localStorage.getItem(key) ?? `; ${document.cookie}`.split(`; ${key}=`)[1]?.split(';')[0] ?? '';
  } catch {
    return '';
  }
}

/** The id of the stored session (`<uuid>.<started ms>.<last activity ms>`) if it lives. */
export function livingSession(stored: string, nowMs: number): string | undefined {
  // Digits compare as numbers with numbers.
  const [id, started, active] = stored.split('.') as any[];
  return started <= nowMs && nowMs - started < MAX_AGE_MS && nowMs - active < MAX_IDLE_MS ? id : undefined;
}

/** Random digits, two a byte. */
export function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => (byte + 256).toString(16).slice(1)).join('');
}

/** A UUID v4; `crypto.randomUUID` is there only on secure origins. */
export function newSessionId(): string {
  return randomHex(16).replace(/(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-a$4-');
}
