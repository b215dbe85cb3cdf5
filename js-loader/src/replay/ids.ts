/** The numbers of recorded nodes, and what the walk decided about them. */
import type { Level } from './privacy/level.ts';

/** Nodes a new table has room for. */
const FIRST_NODES = 4_096;

/** Numbers begin at 1 and are never used again; 0 is no node. */
export class NodeIds {
  #ids = new WeakMap<Node, number>();
  #levels = new Uint8Array(FIRST_NODES);
  #last = 0;

  /** The number of a node; 0 for one that is not recorded. */
  of(node: Node | null | undefined): number {
    return (node && this.#ids.get(node)) || 0;
  }

  /** Gives a node its number, a new one. */
  add(node: Node, level: Level): number {
    const id = ++this.#last;
    if (id === this.#levels.length) {
      const larger = new Uint8Array(id * 2);
      larger.set(this.#levels);
      this.#levels = larger;
    }
    this.#levels[id] = level;
    this.#ids.set(node, id);
    return id;
  }

  /** The privacy level a node was recorded with. */
  level(id: number): Level {
    return this.#levels[id]! as Level;
  }

  /** Forgets a node: it is no longer recorded. */
  drop(node: Node): void {
    this.#ids.delete(node);
  }
}
