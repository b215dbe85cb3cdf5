/** What `rum-wasm/src/bindings.rs` exports, as far as `boundary.ts` uses it. */
declare module '#glue' {
  export function initSync(module: { module: WebAssembly.Module }): unknown;
  export const Core: new (setup: import('./core.ts').Setup, host: import('./core.ts').Host) => import('./core.ts').Core;
}
