/** The page's end of the seam: where the engine runs. */
import type { Fence } from '../fence.ts';
import type { EngineSetup, FromEngine, ToEngine } from './port.ts';

/** What the build knows, and therefore not who asks: where our module is. */
export type PageSetup = Omit<EngineSetup, 'wasmUrl' | 'wasmIntegrity'>;

export interface PortOptions {
  /** Same-origin file that runs the engine, where ours are on another origin. */
  workerUrl?: string | undefined;
  /** The one from before anybody watched it. */
  fetch: typeof window.fetch;
  fence: Fence;
}

/** An engine. */
export interface EnginePort {
  /** Everything is handled in order; what comes before the engine is there, waits. */
  send(message: ToEngine, transfer: Transferable[]): void;
  close(): void;
}

/** Opens an engine, and begins; `begin` is sent for the caller. */
export function openEngine(_setup: PageSetup, _options: PortOptions, _hear: (message: FromEngine) => void): EnginePort {
  return { send() {}, close() {} };
}
