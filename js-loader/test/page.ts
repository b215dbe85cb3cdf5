/** The little of a page that the loader's own logic touches; what needs a browser is tested in one. */
import { mock } from 'node:test';

/** Installs a fake page as globals and returns it. */
export function installPage() {
  const events = new EventTarget();
  const warnings: string[] = [];
  const page = {
    location: { href: 'https://shop.example/claims' },
    document: { readyState: 'loading', prerendering: false, cookie: '' },
    SDK_VERSION: '0.0.0-test',
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
    PerformanceObserver: class {
      observe() {}
      disconnect() {}
    },
    // Time passes at once.
    setTimeout: (callback: () => void) => queueMicrotask(callback),
  };
  for (const [name, value] of Object.entries(page)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  mock.method(console, 'warn', (...parts: unknown[]) => warnings.push(parts.join(' ')));
  return {
    warnings,
    document: page.document,
    dispatch: (event: Event) => events.dispatchEvent(event),
    /** The load event, and everything that follows from it. */
    async load() {
      events.dispatchEvent(new Event('load'));
      await settle();
    },
  };
}

/** Lets promises and immediate timers run. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
