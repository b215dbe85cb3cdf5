/** The engine on the page's own thread, in slices: where a worker cannot be had. Loaded only then. */
import type { EngineHost } from './engine.ts';

export { createEngine } from './engine.ts';

/** Lets the page go first. A message is not held back as timers are, and gives way to input and paint. */
export const pause: NonNullable<EngineHost['pause']> = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
