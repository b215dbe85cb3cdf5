/** `rum-wasm/src/host.js`, as the module imports it and we fill it. */
declare module '#host' {
  export const hosts: import('./core.ts').Host[];
  export const module: { memory?: WebAssembly.Memory };
  export const fillWithRandom: (at: number) => void;
  export const look: (...numbers: number[]) => number;
  export const now: () => number;
  export const take: (at: number) => number | undefined;
  export const tell: (...numbers: number[]) => void;
}
