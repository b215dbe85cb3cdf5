import type { Match } from './types.ts';

/** Whether a URL is meant: it begins with a text, fits an expression, or a function says so. */
export function matches(match: Match, url: string): boolean {
  if (typeof match === 'string') return url.startsWith(match);
  // `search` heeds no `lastIndex`, which `test` of an expression with flag `g` would.
  return 'exec' in match ? url.search(match) >= 0 : !!match(url);
}

/** Whether an option's entry is a bare match, not an object around one: each kind has a method the others lack. */
export function isMatch(entry: any): entry is Match {
  return !!(entry?.startsWith || entry?.exec || entry?.call);
}

/** The first entry of an option whose match means a URL, as an object. */
export function findMatch<T extends { match: Match }>(entries: (Match | T)[], url: string): T | undefined {
  return entries.map((entry) => (isMatch(entry) ? { match: entry } : entry) as T).find(({ match }) => matches(match, url));
}
