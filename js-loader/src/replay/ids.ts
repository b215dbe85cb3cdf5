/** The numbers of recorded nodes, where the engine has them, and what the walk decided about them. */
import type { Level } from './privacy/level.ts';

/** Nodes a new table has room for. */
const FIRST_NODES = 4_096;
/** Numbers in one weak map: to grow it the browser moves all of them at once, which takes 4 ms at so many, and 30 at 350,000. */
const MAX_MAPPED = 87_000;

/** In a node's state beside its level: it is recorded without children. */
const CLOSED = 0x40;
/** In a node's state: what stands in it is typed or chosen by the visitor. */
const TYPED = 0x20;
/** In a node's state: it was removed, and with it all that the engine has below it. */
const GONE = 0x80;
const LEVEL = 0x07;

/**
 * Numbers begin at 1 and are never used again; 0 is no node.
 *
 * The parents are those the engine has, operation by operation. So a subtree is removed by one mark on its top, however
 * large it is, and whatever becomes of nodes that nobody observes any more: what is below the mark is not recorded.
 */
export class NodeIds {
  /** The newest first. */
  #ids = [new WeakMap<Node, number>()];
  #states = new Uint8Array(FIRST_NODES);
  #parents = new Uint32Array(FIRST_NODES);
  #last = 0;

  /** How many numbers were given. */
  get count(): number {
    return this.#last;
  }

  /** The number of a node; 0 for one that is not recorded. */
  of(node: Node | null | undefined): number {
    let id: number | undefined;
    if (node) for (let index = 0; !id && index < this.#ids.length; index++) id = this.#ids[index]!.get(node);
    return id && this.has(id) ? id : 0;
  }

  /** Whether the engine has the node of a number, and has it outside another. */
  has(id: number, outside = 0): boolean {
    let at = id;
    while (at && at !== outside && this.#states[at]! < GONE) at = this.#parents[at]!;
    return !at && !!id;
  }

  /** Gives a node its number, a new one. */
  add(node: Node, parent: number, level: Level, isClosed?: boolean, isTyped?: boolean): number {
    const id = ++this.#last;
    if (id === this.#states.length) {
      const states = new Uint8Array(id * 2);
      states.set(this.#states);
      this.#states = states;
      const parents = new Uint32Array(id * 2);
      parents.set(this.#parents);
      this.#parents = parents;
    }
    this.#states[id] = level | (isClosed ? CLOSED : 0) | (isTyped ? TYPED : 0);
    this.#parents[id] = parent;
    if (id % MAX_MAPPED === 0) this.#ids.unshift(new WeakMap());
    this.#ids[0]!.set(node, id);
    return id;
  }

  /** The privacy level a node was recorded with. */
  level(id: number): Level {
    return (this.#states[id]! & LEVEL) as Level;
  }

  /** The number of what a node is in; 0 for the document. */
  parent(id: number): number {
    return this.#parents[id]!;
  }

  /** Whether a node was recorded without its children, and is to stay so. */
  isClosed(id: number): boolean {
    return !!(this.#states[id]! & CLOSED);
  }

  /** Whether what stands in a node is typed or chosen. */
  isTyped(id: number): boolean {
    return !!(this.#states[id]! & TYPED);
  }

  /** A node goes elsewhere, with all that is below it. */
  move(id: number, parent: number): void {
    this.#parents[id] = parent;
  }

  /** Forgets a node and all that is below it; answers the number it had. */
  drop(node: Node): number {
    const id = this.of(node);
    this.#states[id]! |= GONE;
    for (const ids of this.#ids) ids.delete(node);
    return id;
  }
}
