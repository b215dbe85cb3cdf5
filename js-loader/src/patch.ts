/** Our function in the place of the browser's, and out of it again. */
import type { Undo } from './adapter.ts';

/** What happens instead of a call; `call` makes it as the page meant it, with `args` as they are by then. */
export type Around = (call: () => any, args: any[], self: any) => unknown;

/**
 * Replaces a function. A proxy has the name, the length and every property of what it stands for, and counts as
 * native code; only its `toString`, which would tell neither name nor parameters, is the original's.
 */
export function patch(owner: any, name: string, around: Around): Undo {
  const original = owner?.[name];
  if (typeof original !== 'function') return () => {};
  let isOver = false;
  const ours = new Proxy(original, {
    apply(target, self, args) {
      const call = (): unknown => Reflect.apply(target, self, args);
      return isOver ? call() : around(call, args, self);
    },
    get: (target, key) => (key === 'toString' ? target.toString.bind(target) : target[key]),
  });
  // Unlike an assignment this does not throw where the page has frozen its objects.
  Reflect.set(owner, name, ours);
  return () => {
    isOver = true;
    // Whoever patched over us holds on to ours, which from now on only passes calls on.
    if (owner[name] === ours) owner[name] = original;
  };
}

/**
 * The same for a member that is a prototype's own: its function, or the setter of its property, unless it is the getter
 * that is asked for. Nothing where the owner has no such member, or has it frozen.
 */
export function patchOwn(owner: any, name: string, around: Around, accessor: 'set' | 'get' = 'set'): Undo {
  const was = owner && Object.getOwnPropertyDescriptor(owner, name);
  if (!was) return () => {};
  const key = was[accessor] ? accessor : 'value';
  const ours = { ...was };
  const undo = patch(ours, key, around);
  const placed = ours[key];
  Reflect.defineProperty(owner, name, ours);
  return () => {
    undo();
    if (Object.getOwnPropertyDescriptor(owner, name)![key] === placed) Reflect.defineProperty(owner, name, was);
  };
}
