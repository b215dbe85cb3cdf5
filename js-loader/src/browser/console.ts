import type { Undo } from '../adapter.ts';

/**
 * Hears `console.error`. The page's own function is called first, as it was; a proxy keeps its name, length and
 * whatever else it has. Once undone it is the page's own again, or passes through where somebody wrapped ours.
 */
export function watchConsole(hear: (args: unknown[], stack: string | undefined) => void): Undo {
  const { error } = console;
  // What is being told may call `console.error` itself: a text is made of objects of the page. Stays true at the end.
  let isHearing = false;
  const apply = (target: typeof error, self: unknown, args: unknown[]): void => {
    const result = Reflect.apply(target, self, args);
    if (!isHearing) {
      isHearing = true;
      const place: { stack?: string } = {};
      // Where the page called, without us; browsers that cannot tell it do without.
      Error.captureStackTrace?.(place, apply);
      hear(args, place.stack);
      isHearing = false;
    }
    return result;
  };
  const patched = new Proxy(error, {
    apply,
    get: (target, key) => (key === 'toString' ? () => String(target) : Reflect.get(target, key)),
  });
  console.error = patched;
  return () => {
    isHearing = true;
    if (console.error === patched) console.error = error;
  };
}
