import type { Undo } from '../adapter.ts';
import type { Fence } from '../fence.ts';

/** Listens in the capture phase, where the page cannot stop the event, and behind the fence. */
export function listen<E extends Event = Event>(
  target: EventTarget,
  types: string[],
  fence: Fence,
  listener: (event: E) => void,
): Undo {
  const fenced = fence(listener) as EventListener;
  for (const type of types) target.addEventListener(type, fenced, true);
  return () => {
    for (const type of types) target.removeEventListener(type, fenced, true);
  };
}
