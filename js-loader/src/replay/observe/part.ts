/** What an observer is made of, before `index.ts` makes one of all of them. */
import type { Level } from '../privacy/level.ts';
import type { Observer, Recording, Root } from '../recording.ts';

export interface Part extends Omit<Observer, 'attribute' | 'changed'> {
  /** An attribute of an element, or its text, may be another. */
  again?(element: Element, id: number, level: Level): void;
  /** DOM events of each tree by type, captured; also made-up ones: so tell those who fill forms in for visitors. */
  heard?: Record<string, (event: any) => void>;
  /** Methods and setters of a class that are the page's to call, and who hears of it afterwards. */
  calls?: [name: string, members: string, after: After][];
}

/** On what something was called or set, and what came of it. */
export type After = (self: any, result: any) => void;

/** Tells something of a node, whose number is 0 if it is not recorded; answers true to be asked again with the next batch. */
export type Tell = (node: any, id: number, level: Level) => unknown;

/** What parts work with. */
export interface Watched extends Recording {
  /** The trees that are recorded. */
  roots: Set<Root>;
  /** Tells something of a node with the batch, once however often it changes till then. */
  later(node: Node, tell: Tell): void;
}

/** Begins to observe. */
export type Watch = (page: Watched) => Part;
