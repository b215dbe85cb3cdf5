/** Addresses without what could tell of the visitor. */

/** Origin and path with what looks like an id templated; no query, hash or user. Empty for what is no http(s) address. */
export function safeUrl(_url: string, _base: string): string {
  return '';
}
