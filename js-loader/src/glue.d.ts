/** What `rum-wasm/src/bindings.rs` exports, as far as `boundary.ts` uses it. */
declare module '#glue' {
  export function initSync(module: { module: WebAssembly.Module }): { memory: WebAssembly.Memory };
  export function room(length: number): number;
  export function start(
    texts: number,
    timeOriginMs: number,
    activationStart: number,
    firstHidden: number,
    sessionSampleRate: number,
    onErrorSampleRate: number,
    storedStartedMs: number,
    storedActiveMs: number,
    storedKept: number,
    hasHook: number,
  ): void;
  export function signal(
    host: number,
    kind: number,
    at: number,
    first: number,
    second: number,
    third: number,
    texts: number,
  ): number;
}

/** `rum-wasm/src/host.js`, as the generated glue imports it. */
declare module '#host' {
  export const hosts: import('./core.ts').Host[];
  export const module: { memory?: WebAssembly.Memory };
}
