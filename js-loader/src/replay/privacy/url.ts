/** Addresses without what could tell of the visitor. */
import { Level } from './level.ts';
import { remember } from './remember.ts';

/** Longest image that is kept as its own address, characters: icons and placeholders, no photographs. */
const MAX_IMAGE_LENGTH = 4_096;

/** Segments of a path that may stay: words, and versions of an interface. What has a digit may be a record's number. */
const WORD = /^(?:[a-z._~-]{1,32}|v\d\d?)$/i;

const httpOrigin = ({ protocol, origin }: URL): string => (/^https?:$/.test(protocol) ? origin : '');

/** A path of the page's origin as it stands. Most addresses are, and the parser takes some microseconds. */
const PLAIN = /^(?:\/[\w-]+)+$/;
const originOf = remember((base) => httpOrigin(new URL(base)));

/**
 * Origin and path, and in place of each segment that may be data an `*`, which `isWhole` keeps; no query, hash or user.
 * Empty for what is no http(s) address.
 */
export function safeUrl(url: string, base: string, isWhole?: boolean): string {
  try {
    const parsed = PLAIN.test(url) ? undefined : new URL(url, base || undefined);
    const origin = parsed ? httpOrigin(parsed) : originOf(base);
    const path = parsed ? parsed.pathname : url;
    return origin && origin + (isWhole ? path : path.replace(/[^/]+/g, (segment) => (WORD.test(segment) ? segment : '*')));
  } catch {
    return '';
  }
}

/** What is recorded of an address in something of that level. */
export function urlAt(url: string, base: string, level: Level): string {
  if (level > Level.MaskUserInput) return '';
  const isOpen = level === Level.Allow;
  return isOpen && /^\s*data:image\//i.test(url) && url.length <= MAX_IMAGE_LENGTH ? url : safeUrl(url, base, isOpen);
}
