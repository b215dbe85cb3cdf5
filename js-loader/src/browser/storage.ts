/** The session in `localStorage`: shared by the site's tabs, written only when it changed, never polled. */

const KEY = 'rum_session';

/** A page may be forbidden to use storage, or have filled it: the session then lives as long as the page. */
function attempt<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(localStorage);
  } catch {
    return undefined;
  }
}

export const readSession = (): string => attempt((storage) => storage.getItem(KEY)) ?? '';
export const storeSession = (text: string): void => attempt((storage) => storage.setItem(KEY, text));
export const eraseSession = (): void => attempt((storage) => storage.removeItem(KEY));
