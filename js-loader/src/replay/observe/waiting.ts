import { attempt } from '../../host-value.ts';
import type { Level } from '../privacy/level.ts';
import type { Recording } from '../recording.ts';

/** Tells something of a node, whose number is 0 if it is not recorded; answers true to be asked again with the next batch. */
export type Tell<Value> = (node: any, id: number, level: Level, value: Value) => boolean | void;

/** Nodes of which something is to be told with the batch, once however often it changes. They are held no longer than that. */
export function createWaiting<Value = void>(recording: Recording, tell: Tell<Value>) {
  const waiting = new Map<Node, Value>();
  return {
    add(node: Node, value: Value): void {
      waiting.set(node, value);
      recording.schedule();
    },
    flush(): void {
      for (const [node, value] of waiting) {
        const id = recording.ids.of(node);
        if (!attempt(() => tell(node, id, recording.ids.level(id), value))) waiting.delete(node);
      }
    },
  };
}
