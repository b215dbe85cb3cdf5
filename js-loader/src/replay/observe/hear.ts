/** Listening to the page, and standing in for its functions, as every observer here does. */
import type { Undo } from '../../adapter.ts';
import { attempt } from '../../host-value.ts';
import { patchOwn } from '../../patch.ts';
import type { Recording } from '../recording.ts';
import type { After, Part } from './part.ts';

/** Behind the fence; and where the page stands in for what is read, and that throws, nothing is told and all else goes on. */
const guarded = ({ fence }: Recording, heard: (...args: any[]) => void) => fence((...args: any[]) => void attempt(() => heard(...args)));

/** Listens in the capture phase, passively. Zone.js would make Angular look for changes after each listener. */
export function hear(recording: Recording, target: any, heard: Part['heard']): Undo {
  const ended = new AbortController();
  for (const type in heard) {
    const listener = guarded(recording, heard[type]!);
    const options = { capture: true, passive: true, signal: ended.signal };
    (target.__zone_symbol__addEventListener ?? target.addEventListener).call(target, type, listener, options);
  }
  return () => ended.abort();
}

/** Hears of the page's own calls and assignments to what is of a class. */
export function hearCalls(recording: Recording, prototype: unknown, members: string, after: After): Undo[] {
  const heard = guarded(recording, after);
  return members.split(' ').map((member) =>
    patchOwn(prototype, member, (call, args, self) => {
      const result = call();
      heard(self, args, result);
      return result;
    }),
  );
}

/** The innermost node something happened to, also within open shadow trees. */
export const targetOf = (event: Event): any => event.composedPath()[0];
