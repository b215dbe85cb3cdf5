/**
 * Segments, in any order and with some missing, become one course of operations in time: views one after another, the
 * records of a view by the number of their segment.
 */
import { MAX_OPERATIONS, MAX_SEGMENTS, MAX_TIME_MS } from './limits.ts';
import type { Operation } from './operation.ts';
import { fieldOf, idOf, listOf, numberOf, textOf } from './reading.ts';
import { RecordReader, type RecordOut } from './records.ts';

/** Operations of one moment. */
export interface Entry {
  readonly atMs: number;
  readonly view: number;
  readonly operations: readonly Operation[];
  /** Whether the document is told whole, so that nothing before is needed. */
  readonly isSnapshot: boolean;
  /** Whether a person did something. */
  readonly isActivity: boolean;
}

export interface RecordedView {
  readonly id: string;
  readonly href: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** A stretch of a view of which segments are missing. */
export interface Gap {
  readonly startMs: number;
  readonly endMs: number;
}

export interface Recording {
  readonly startMs: number;
  readonly endMs: number;
  readonly entries: readonly Entry[];
  readonly views: readonly RecordedView[];
  readonly gaps: readonly Gap[];
  /** Segments, records and parts of records that could not be read. */
  readonly skipped: number;
  /** Whether the recorder tells which custom elements are defined; if not, all are taken to be. */
  readonly tellsDefined: boolean;
}

interface ReadSegment {
  readonly index: number | undefined;
  readonly startMs: number;
  readonly records: readonly unknown[];
}

const ACTIVITY: ReadonlySet<Operation['op']> = new Set(['pointer', 'press', 'click', 'value', 'choice', 'scroll', 'focus', 'selection', 'viewport']);

export function readRecording(segments: unknown): Recording {
  const builder = new Builder();
  const views = new Map<string, ReadSegment[]>();
  const list = listOf(segments);
  builder.skipped += Math.max(0, list.length - MAX_SEGMENTS);
  for (const segment of list.slice(0, MAX_SEGMENTS)) {
    const read = readSegment(segment);
    if (!read) {
      builder.skipped += 1;
      continue;
    }
    const id = textOf(fieldOf(fieldOf(segment, 'view'), 'id')) ?? '';
    const parts = views.get(id);
    if (parts) parts.push(read);
    else views.set(id, [read]);
  }
  const inOrder = [...views].map(([id, parts]) => ({ id, parts: sorted(parts) }));
  inOrder.sort((one, other) => startOf(one.parts) - startOf(other.parts));
  inOrder.forEach(({ id, parts }, index) => {
    const next = inOrder[index + 1];
    builder.view(id, parts, next ? startOf(next.parts) : Infinity);
  });
  return builder.done();
}

function readSegment(segment: unknown): ReadSegment | undefined {
  const records = fieldOf(segment, 'records');
  if (!Array.isArray(records)) return undefined;
  const times = records.map(timeOf).filter((time) => time !== undefined);
  const startMs = times[0] ?? timeIn(fieldOf(segment, 'start'));
  return startMs === undefined ? undefined : { index: idOf(fieldOf(segment, 'index_in_view')), startMs, records };
}

function timeOf(record: unknown): number | undefined {
  return timeIn(fieldOf(record, 'timestamp'));
}

function timeIn(value: unknown): number | undefined {
  const time = numberOf(value);
  return time !== undefined && time >= 0 && time <= MAX_TIME_MS ? time : undefined;
}

/** By number, and by time where one has none; a segment that came twice is one. */
function sorted(segments: readonly ReadSegment[]): ReadSegment[] {
  const byIndex = (one: ReadSegment, other: ReadSegment): number =>
    one.index !== undefined && other.index !== undefined && one.index !== other.index ? one.index - other.index : one.startMs - other.startMs;
  const inOrder = [...segments].sort(byIndex);
  return inOrder.filter((segment, at) => {
    const previous = inOrder[at - 1];
    return previous === undefined || segment.index === undefined || segment.index !== previous.index;
  });
}

function startOf(segments: readonly ReadSegment[]): number {
  return segments.reduce((start, segment) => Math.min(start, segment.startMs), Infinity);
}

class Builder {
  skipped = 0;
  readonly #entries: Entry[] = [];
  readonly #views: RecordedView[] = [];
  readonly #gaps: Gap[] = [];
  #operations = 0;
  #tellsDefined = false;

  /** A view ends where the next begins: what is shown is one document at a time. */
  view(id: string, segments: readonly ReadSegment[], untilMs: number): void {
    const view = this.#views.length;
    const startMs = startOf(segments);
    const reader = new RecordReader();
    let nowMs = startMs;
    let href = '';
    this.#entries.push({ atMs: startMs, view, operations: [{ op: 'reset' }], isSnapshot: true, isActivity: false });
    const entries: Entry[] = [];
    let expected = 0;
    for (const { index, records, startMs: segmentStartMs } of segments) {
      if (index !== undefined && index > expected) {
        reader.tear();
        this.#gaps.push({ startMs: nowMs, endMs: Math.max(nowMs, Math.min(segmentStartMs, untilMs)) });
      }
      expected = (index ?? expected) + 1;
      for (const record of records) {
        const recordMs = timeOf(record);
        if (recordMs === undefined) {
          this.skipped += 1;
          continue;
        }
        // Clocks are set back at times; what was recorded later happened later.
        nowMs = Math.min(untilMs, Math.max(nowMs, recordMs));
        for (const [offsetMs, operations] of this.#read(reader, record)) {
          const atMs = Math.min(untilMs, Math.max(startMs, nowMs + offsetMs));
          const first = operations[0]?.op;
          const isActivity = first !== 'reset' && operations.some(({ op }) => ACTIVITY.has(op));
          for (const operation of operations) if (operation.op === 'href') href = operation.href;
          entries.push({ atMs, view, operations, isSnapshot: first === 'reset', isActivity });
        }
      }
    }
    // Positions of the pointer lie before or after their record; all else is in order and stays so.
    entries.sort((one, other) => one.atMs - other.atMs);
    for (const entry of entries) this.#entries.push(entry);
    this.#views.push({ id, href, startMs, endMs: entries.at(-1)?.atMs ?? startMs });
  }

  done(): Recording {
    const [startMs, endMs] = [this.#entries[0]?.atMs ?? 0, this.#entries.at(-1)?.atMs ?? 0];
    return { startMs, endMs, entries: this.#entries, views: this.#views, gaps: this.#gaps, skipped: this.skipped, tellsDefined: this.#tellsDefined };
  }

  /** The operations of a record by their distance to its time. */
  #read(reader: RecordReader, record: unknown): (readonly [offsetMs: number, operations: readonly Operation[]])[] {
    let operations: Operation[] = [];
    const moments: [number, Operation[]][] = [[0, operations]];
    const out: RecordOut = {
      at: (offsetMs) => {
        operations = [];
        moments.push([offsetMs, operations]);
      },
      add: (operation) => {
        if (this.#operations >= MAX_OPERATIONS) {
          this.skipped += 1;
          return;
        }
        this.#operations += 1;
        if (operation.op === 'defined') this.#tellsDefined = true;
        operations.push(operation);
      },
      skip: () => {
        this.skipped += 1;
      },
    };
    try {
      reader.read(record, out);
    } catch {
      // No shape of a record is known that leads here; one that does must not cost the others.
      this.skipped += 1;
    }
    return moments.filter(([, list]) => list.length > 0);
  }
}
