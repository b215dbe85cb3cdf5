/** The worker: the engine, and its end of the seam. Either kind of worker will do, or one that `import()`s this. */
import { createEngine } from './engine.ts';
import type { EngineSetup, ToEngine } from './port.ts';

/** What there is of a worker. */
const scope = globalThis as unknown as { postMessage(message: unknown): void; onmessage: ((event: MessageEvent) => void) | null };

scope.onmessage = ({ data: [, setup] }: MessageEvent<['begin', EngineSetup]>) => {
  createEngine(setup, { fetch: (...request) => fetch(...request), tell: (message) => scope.postMessage(message) }).then(
    (hear) => {
      scope.onmessage = ({ data }: MessageEvent<ToEngine>) => hear(data);
      scope.postMessage(['ready']);
    },
    (fault) => scope.postMessage(['fault', String(fault)]),
  );
};
scope.postMessage(['ready']);
