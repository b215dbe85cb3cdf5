// A replay form as a browser writes it, from a segment the official SDK sent; and wrong where a test asks for it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { places } from '../places.ts'
import type { Segment } from './replay.ts'

export const BOUNDARY = '----WebKitFormBoundaryOfTheseTests'
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`

export interface FormOptions {
  /** What stands beside the segment, where it differs from what stands in it. */
  beside?: Record<string, unknown>
  packed?: Buffer
  filename?: string
  parts?: (segmentPart: string, eventPart: string) => string[]
  ending?: string
}

export function recordedSegment(): Segment {
  return JSON.parse(readFileSync(join(places.datadogBodies, 'replay-segment.json'), 'utf8')) as Segment
}

/** The recorded segment, as if it had ended just now. */
export function presentSegment(): Segment {
  const recorded = recordedSegment()
  const later_ms = Date.now() - recorded.end
  const records = recorded.records.map((record) => ({ ...record, timestamp: record.timestamp + later_ms }))
  return { ...recorded, start: recorded.start + later_ms, end: recorded.end + later_ms, records }
}

export function makeForm(segment: Segment, { beside = {}, packed, filename, parts = (...both) => both, ending = '--\r\n' }: FormOptions = {}): Buffer {
  const raw = Buffer.from(`${JSON.stringify(segment)}\n`)
  const deflated = packed ?? deflateSync(raw)
  const { records: _, ...metadata } = segment
  const told = { raw_segment_size: raw.length, compressed_segment_size: deflated.length, ...metadata, ...beside }
  const name = filename ?? `${segment.session.id}-${segment.start}`
  // One character per byte, so that texts and bytes can be joined.
  const [segmentBody, eventBody] = [deflated, Buffer.from(JSON.stringify(told))].map((bytes) => bytes.toString('latin1')) as [string, string]
  const segmentPart = `Content-Disposition: form-data; name="segment"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n${segmentBody}`
  const eventPart = `Content-Disposition: form-data; name="event"; filename="blob"\r\nContent-Type: application/json\r\n\r\n${eventBody}`
  const between = `\r\n--${BOUNDARY}`
  return Buffer.from(`${between.slice(2)}\r\n${parts(segmentPart, eventPart).join(`${between}\r\n`)}${between}${ending}`, 'latin1')
}
