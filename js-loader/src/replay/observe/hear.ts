/** Listening to the page, and standing in for its functions, as every observer here does. */
import type { Undo } from '../../adapter.ts';
import { attempt } from '../../host-value.ts';
import { patchOwn } from '../../patch.ts';
import type { Recording } from '../recording.ts';

/**
 * Listens in the capture phase, passively and behind the fence, to what the visitor or the browser did. Where the page stands
 * in for what a listener reads, and that throws, nothing is told. Zone.js would make Angular look for changes after each listener.
 */
export function hear({ fence }: Recording, target: any, heard: Record<string, (event: any) => void>): Undo {
  const { abort, signal } = ended();
  for (const type in heard) {
    (target.__zone_symbol__addEventListener ?? target.addEventListener).call(
      target,
      type,
      fence((event: Event) => {
        if (event.isTrusted) attempt(() => heard[type]!(event));
      }),
      { capture: true, passive: true, signal },
    );
  }
  return abort;
}

/** What the page called or set: on what, with what, and what came of it. */
export type After = (self: any, args: any[], result: any) => void;

/** Hears of the page's own calls and assignments in a realm: a class, its methods and setters, and who hears. */
export function hearCalls({ fence }: Recording, realm: any, ...rows: [name: string, members: string, after: After][]): Undo {
  const undo = rows.flatMap(([name, members, after]) => {
    const fenced = fence((...args: Parameters<After>) => attempt(() => after(...args)));
    return members.split(' ').map((member) =>
      patchOwn(realm?.[name]?.prototype, member, (call, args, self) => {
        const result = call();
        fenced(self, args, result);
        return result;
      }),
    );
  });
  return () => undo.forEach((one) => one());
}

/** The innermost node something happened to, also within open shadow trees. */
export const targetOf = (event: Event): any => event.composedPath()[0];

function ended(): { abort: Undo; signal: AbortSignal } {
  const controller = new AbortController();
  return { abort: () => controller.abort(), signal: controller.signal };
}
