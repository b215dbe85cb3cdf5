/** Tells the developer. The only thing of ours that shows in a page. */
export function warn(text: string, ...fault: unknown[]): void {
  console.warn(`[rum-wasm] ${text}`, ...fault);
}
