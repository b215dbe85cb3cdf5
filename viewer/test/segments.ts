// Segments made by hand: what a recorder would write, shortest.

export const VIEW = 'a-view';

/** Names of the changes' numbers. */
export const KIND = { strings: 11, add: 1, remove: 2, attribute: 3, text: 4, size: 5, scroll: 6, sheet: 7, attach: 8, media: 9, zoom: 10, value: 12, choice: 13, clear: 14, image: 15, layer: 100, defined: 101 } as const;

export interface TestRecord { type: number; timestamp: number; data?: unknown; format?: number; id?: number }

export function segment(records: readonly unknown[], { view = VIEW, index, start = 1_000 }: { view?: string; index?: number; start?: number } = {}): unknown {
  return { application: { id: 'app' }, session: { id: 'session' }, view: { id: view }, start, end: start, index_in_view: index, source: 'browser', records };
}

export function full(changes: readonly unknown[], timestamp = 1_000): TestRecord {
  return { type: 2, format: 1, timestamp, data: changes };
}

export function change(timestamp: number, ...changes: unknown[]): TestRecord {
  return { type: 12, timestamp, data: changes };
}

export function incremental(timestamp: number, source: number, data: object): TestRecord {
  return { type: 3, timestamp, data: { source, ...data } };
}

/** A document of html, head and body, with numbers 0 to 4; what follows is added from 5 on. */
export const SHELL: readonly unknown[] = [
  [null, '#document'], [1, '#doctype', 'html', '', ''], [2, 'HTML'], [1, 'HEAD'], [2, 'BODY'],
];

/** A full snapshot of a body with some nodes. */
export function snapshot(nodes: readonly unknown[], more: readonly unknown[] = [], timestamp = 1_000): TestRecord {
  return full([[KIND.add, ...SHELL, ...nodes], ...more], timestamp);
}
