/** What `rum-wasm/src/bindings.rs` exports, as far as `boundary.ts` uses it. */
declare module '#glue' {
  export function initSync(module: { module: WebAssembly.Module }): unknown;
  export class Core {
    constructor(options: import('./types.ts').CheckedOptions, early: Event[]);
    addAction(name: string, contextJson: string | undefined, atMs: number): void;
    addError(error: unknown, contextJson: string | undefined, atMs: number): void;
    stop(erase: boolean): void;
  }
}
