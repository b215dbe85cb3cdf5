import { attempt } from './host-value.ts';
import type { Match } from './types.ts';

/** Whether a URL is meant: it begins with a text, fits an expression, or a function says so. */
export function matches(match: Match, url: string): boolean {
  if (typeof match === 'string') return url.startsWith(match);
  // `search` heeds no `lastIndex`, which `test` of an expression with flag `g` would.
  return 'exec' in match ? url.search(match) >= 0 : !!match(url);
}

/** Whether any entry means a URL. One of the page's functions that throws says no. */
export const matchesAny = (entries: Match[], url: string): boolean => entries.some((match) => attempt(() => matches(match, url)));

/** Whether an option's entry is a bare match, not an object around one: each kind has a method the others lack. */
export function isMatch(entry: any): entry is Match {
  return entry?.startsWith || entry?.exec || entry?.call;
}

/** The first entry of an option whose match means a URL; a bare match has none of the properties of an object. */
export function findMatch<T extends { match: Match }>(entries: (Match | T)[], url: string): T | undefined {
  return entries.find((entry) => matches(isMatch(entry) ? entry : entry.match, url)) as T | undefined;
}
