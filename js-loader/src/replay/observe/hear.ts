/** Listening to the page, and standing in for its functions, as every observer here does. */
import type { Undo } from '../../adapter.ts';
import { attempt } from '../../host-value.ts';
import { patchOwn } from '../../patch.ts';
import type { Recording, Root } from '../recording.ts';
import type { After, Part } from './part.ts';

/** The page may stand in for what is read, and throw: then it is not told. */
const guarded = ({ fence }: Recording, heard: (...args: any[]) => void) => fence((...args: any[]) => void attempt(() => heard(...args)));

/** Listens in the capture phase, passively. Zone.js would make Angular look for changes after each listener. */
export function hear(recording: Recording, target: any, heard: Part['heard']): Undo {
  const ended = new AbortController();
  const options = { capture: true, passive: true, signal: ended.signal };
  for (const type in heard) {
    (target.__zone_symbol__addEventListener ?? target.addEventListener).call(target, type, guarded(recording, heard[type]!), options);
  }
  return () => ended.abort();
}

/** Hears of the page's own calls and assignments to what is of a class, or that it gets a property: `name:get`. */
export function hearCalls(recording: Recording, prototype: unknown, members: string, after: After): Undo[] {
  const heard = guarded(recording, after);
  return members.split(' ').map((member) => {
    const [name, accessor] = member.split(':') as [string, 'get'?];
    return patchOwn(
      prototype,
      name,
      (call, _, self) => {
        const result = call();
        heard(self, result);
        return result;
      },
      accessor,
    );
  });
}

/** Elements of all trees, as they were when each tree was come to. */
export function* elementsOf(roots: Iterable<Root>, selector: string): Generator<Element, undefined> {
  for (const root of roots) yield* attempt(() => root.querySelectorAll(selector) as any) ?? [];
}
