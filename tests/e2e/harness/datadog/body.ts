// Reading what a body or a part of it says, with the fault instead of an exception.

import { inflateSync, type InflateRaw } from 'node:zlib'
import { MAX_BODY_BYTES } from '../read-body.ts'

/** Clocks of page and test are the same machine's; anything further off is a unit error. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000
const MAX_AHEAD_MS = 60 * 1000

export type Read<T> = { value: T; fault?: undefined } | { value?: undefined; fault: string }

/** One zlib stream, whole, and nothing behind it. */
export function inflate(bytes: Buffer): Read<Buffer> {
  try {
    // With `info` the engine tells how much it has read; the published types do not know the option's answer.
    const { buffer, engine } = inflateSync(bytes, { maxOutputLength: MAX_BODY_BYTES, info: true }) as unknown as { buffer: Buffer; engine: InflateRaw }
    const over_bytes = bytes.length - engine.bytesWritten
    return over_bytes === 0 ? { value: buffer } : { fault: `${over_bytes} bytes stand behind the end of the zlib stream` }
  } catch (error) {
    return { fault: `the body cannot be read: ${String(error)}` }
  }
}

export function utf8(bytes: Buffer): Read<string> {
  try {
    return { value: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    return { fault: `the body cannot be read: ${String(error)}` }
  }
}

export function json(text: string): Read<unknown> {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return { fault: `no JSON: ${JSON.stringify(text.slice(0, 80))}` }
  }
}

/** The objects of an NDJSON body, one per line. */
export function readLines(body: Buffer, deflated: boolean): { values: unknown[]; faults: string[] } {
  if (body.length === 0) return { values: [], faults: ['the body is empty'] }
  const plain = deflated ? inflate(body) : { value: body }
  const text = plain.value === undefined ? plain : utf8(plain.value)
  if (text.value === undefined) return { values: [], faults: [text.fault] }
  // Empty lines are let through: with compression on, the official SDK begins the rest it sends raw with one.
  const lines = text.value.split('\n').filter((line) => line !== '').map(json)
  const faults = lines.flatMap(({ fault }) => (fault === undefined ? [] : [`a line that is ${fault}`]))
  return { values: lines.flatMap((line) => (line.fault === undefined ? [line.value] : [])), faults: lines.length === 0 ? ['nothing in the body'] : faults }
}

export function dateFaults(what: string, date: number): string[] {
  const age_ms = Date.now() - date
  if (!Number.isInteger(date)) return [`${what} ${date} is not a whole number of ms`]
  return age_ms > MAX_AGE_MS || age_ms < -MAX_AHEAD_MS ? [`${what} is ${age_ms} ms ago`] : []
}
