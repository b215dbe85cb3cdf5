/** What every adapter is to the composition root (`sdk.ts`). */
import type { Keeper } from './browser/session.ts';
import type { Emit } from './core.ts';
import type { Extras } from './extras.ts';
import type { Fence } from './fence.ts';
import type { CheckedOptions, Match, Requests } from './types.ts';

/** Undoes what was set up. */
export type Undo = () => void;

/** What adapters work with. */
export interface Page {
  options: CheckedOptions;
  emit: Emit;
  /** Around everything the browser or the page will call. */
  fence: Fence;
  /** What is kept between pages. */
  keeper: Keeper;
  extras: Extras | undefined;
  /** Consent was withdrawn in another page of the site. */
  withdraw: Undo;
  /** The public calls of all adapters. */
  calls: Calls;
  /** The page's calls that make requests, from before the core was there on. */
  requests: Requests;
  /** Our own files, and the collector. */
  ownUrls: Match[];
  /** As if the window had heard a DOM event. */
  hear(event: Event): void;
  /** Whether an error of the window is one that a worker tells better. */
  forwarded: ((event: ErrorEvent) => boolean)[];
}

/** A part of the browser, or of the public API, turned into signals. All of it is optional. */
export interface Adapter {
  /** DOM events of the window by type, captured; those from before the core was there come first. */
  hears?: Record<string, (event: Event) => void>;
  /** Hears of each view that begins: its `ViewContext`, encoded (to be read at once), and how long the URL is. */
  viewBegan?: (context: Uint8Array, urlBytes: number) => void;
  /** Calls of the public API by name. Arguments are the page's, objects among them snapshots. */
  calls?: Calls;
  /** Somebody waits for the page to be quiet, or no longer does. */
  watch?(isOn: boolean): void;
  /** Hears of a moment that a recording is to know: page time; 0 for an error, else the sum of what frustrated the user. */
  moment?(at: number, kinds: number): void;
  /** Takes what was observed but not delivered yet: the page is being left. */
  drain?: Undo;
  /** Lets go of the page. */
  stop?: Undo;
}

/**
 * Public calls by name: when it was made (page time, ms), then its arguments as they came. `*` takes the calls nobody
 * else does, with their name before the arguments.
 */
export type Calls = Record<string, (at: number, ...args: any[]) => void>;

/** Makes an adapter and lets it begin. */
export type CreateAdapter = (page: Page) => Adapter;
