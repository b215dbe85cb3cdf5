/** Wraps a function so that it never throws into the page. */
export type Fence = <Args extends unknown[]>(fn: (...args: Args) => void) => (...args: Args) => void;

/**
 * Makes a fence. A listener that throws makes the browser report an error to the page, so everything the
 * browser or the page calls goes through one. After `close`, or after the first fault (a wasm trap, or an
 * exception that crossed wasm frames and left them half done), nothing behind the fence is entered again.
 */
export function createFence(onFault: (fault: unknown) => void): { fence: Fence; close(): void } {
  let isClosed = false;
  return {
    fence:
      (fn) =>
      (...args) => {
        if (isClosed) return;
        try {
          fn(...args);
        } catch (fault) {
          isClosed = true;
          onFault(fault);
        }
      },
    close() {
      isClosed = true;
    },
  };
}
