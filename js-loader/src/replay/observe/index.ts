/** What is observed beside the tree of nodes. */
import type { Observe } from '../recording.ts';

export const OBSERVERS: Observe[] = [];
