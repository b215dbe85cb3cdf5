// The replay track: a form with a segment of records, deflated, and beside it what Datadog needs to know of the
// segment before it opens it. Whatever stands in both places has to agree.

import { isDeepStrictEqual } from 'node:util'
import type { DatadogSchema } from '../datadog-schema.ts'
import { type Part, readForm } from '../multipart.ts'
import { dateFaults, inflate, json, utf8 } from './body.ts'

/** The record types that show a view from nothing. */
const FULL_SNAPSHOT = 2
const CHANGE = 12

export type ReplayRecord = Record<string, unknown> & { type: number; timestamp: number; data?: unknown }

export interface SegmentMetadata {
  start: number
  end: number
  creation_reason: string
  records_count: number
  has_full_snapshot: boolean
  index_in_view: number
  source: 'browser'
  application: { id: string }
  session: { id: string }
  view: { id: string }
}

interface Sizes { raw_segment_size: number; compressed_segment_size: number }

export interface Segment extends SegmentMetadata { records: ReplayRecord[] }

const EXPECTED_PARTS = [
  { name: 'segment', contentType: 'application/octet-stream' },
  { name: 'event', contentType: 'application/json' },
]

export function readReplay(body: Buffer, contentType: string, schema: DatadogSchema): { segment: Segment | undefined; faults: string[] } {
  const refused = (...faults: string[]): { segment: undefined; faults: string[] } => ({ segment: undefined, faults })
  const form = readForm(body, contentType)
  const shape = form.parts.map(({ name, contentType: type }) => ({ name, contentType: type }))
  if (form.faults.length > 0) return refused(...form.faults)
  if (!isDeepStrictEqual(shape, EXPECTED_PARTS)) return refused(`the form's parts are ${JSON.stringify(shape)}`)
  const [packed, beside] = form.parts as [Part, Part]

  const metadata = readJson(beside.body)
  if (metadata.fault !== undefined) return refused(`part event is ${metadata.fault}`)
  const metadataFaults = schema.segment(metadata.value)
  if (metadataFaults.length > 0) return refused(...metadataFaults)
  const raw = inflate(packed.body)
  if (raw.fault !== undefined) return refused(`part segment: ${raw.fault}`)
  const content = readJson(raw.value)
  if (content.fault !== undefined) return refused(`part segment is ${content.fault}`)

  const { raw_segment_size, compressed_segment_size, ...told } = metadata.value as SegmentMetadata & Sizes
  const { records, ...inside } = content.value as Segment
  const faults = [
    ...differences('raw_segment_size', raw_segment_size, raw.value.length),
    ...differences('compressed_segment_size', compressed_segment_size, packed.body.length),
    ...differences("the segment's own metadata", inside, told),
    ...differences("part segment's filename", packed.filename, `${told.session.id}-${told.start}`),
    ...differences("part event's filename", beside.filename, 'blob'),
    ...dateFaults('segment/start', told.start),
    ...(Array.isArray(records) && records.length > 0 ? recordFaults(records, told, schema) : ['the segment has no records']),
  ]
  return { segment: { ...told, records }, faults }
}

function recordFaults(records: readonly ReplayRecord[], told: SegmentMetadata, schema: DatadogSchema): string[] {
  const timestamps = records.map(({ timestamp }) => timestamp)
  const showsAll = ({ type }: ReplayRecord): boolean => type === FULL_SNAPSHOT || (type === CHANGE && told.index_in_view === 0)
  return [
    ...records.flatMap((record, index) => schema.record(record).map((fault) => `record ${index}: ${fault}`)),
    ...differences('records_count', told.records_count, records.length),
    ...differences('start', told.start, Math.min(...timestamps)),
    ...differences('end', told.end, Math.max(...timestamps)),
    ...differences('has_full_snapshot', told.has_full_snapshot, records.some(showsAll)),
    // Without it nothing of the view can be shown.
    ...(told.index_in_view === 0 && !told.has_full_snapshot ? ['the first segment of a view has no full snapshot'] : []),
  ]
}

function readJson(bytes: Buffer): ReturnType<typeof json> {
  const text = utf8(bytes)
  return text.value === undefined ? { fault: text.fault } : json(text.value)
}

function differences(what: string, told: unknown, real: unknown): string[] {
  return isDeepStrictEqual(told, real) ? [] : [`${what} is ${JSON.stringify(told)}, but should be ${JSON.stringify(real)}`]
}
