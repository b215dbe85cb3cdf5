/** What `rum-wasm/src/bindings.rs` exports, as far as `boundary.ts` uses it. */
declare module '#glue' {
  export function initSync(module: { module: WebAssembly.Module }): { memory: WebAssembly.Memory };
  export const Core: import('./core.ts').CoreClass;
}

/** `rum-wasm/src/host.js`, as the generated glue imports it. */
declare module '#host' {
  export const hosts: import('./core.ts').Host[];
  export const module: { memory?: WebAssembly.Memory };
}
