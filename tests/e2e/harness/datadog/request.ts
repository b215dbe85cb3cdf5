// What holds for a request of every track: its parameters and its headers.

import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

export type Track = 'rum' | 'replay' | 'logs'

interface Parameter { required: boolean; form: RegExp; tracks?: readonly Track[] }

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const PARAMETERS: Readonly<Record<string, Parameter>> = {
  ddsource: { required: true, form: /^browser$/ },
  'dd-api-key': { required: true, form: /^./ },
  'dd-evp-origin': { required: true, form: /^browser$/ },
  'dd-evp-origin-version': { required: true, form: /^\d+\.\d+\.\d+/ },
  'dd-request-id': { required: true, form: UUID },
  'dd-evp-encoding': { required: false, form: /^deflate$/, tracks: ['rum', 'logs'] },
  batch_time: { required: false, form: /^\d{13}$/, tracks: ['rum'] },
  '_dd.api': { required: false, form: /^(fetch|beacon|manual|fetch-keepalive)$/, tracks: ['rum'] },
  '_dd.retry_count': { required: false, form: /^\d+$/, tracks: ['rum'] },
  '_dd.retry_after': { required: false, form: /^\d+$/, tracks: ['rum'] },
}

/** A proxy passes on who asked and what the body is. Anything else the browser sent, or a hop added, is not Datadog's business. */
const KNOWN_HEADERS = new Set([
  'host', 'connection', 'content-type', 'content-length', 'transfer-encoding', 'accept', 'accept-encoding', 'user-agent', 'x-forwarded-for',
])

const CONTENT_TYPES: Readonly<Record<Track, RegExp>> = {
  rum: /^text\/plain(;\s*charset=utf-8)?$/i,
  logs: /^text\/plain(;\s*charset=utf-8)?$/i,
  replay: /^multipart\/form-data;\s*boundary=/i,
}

export function parameterFaults(track: Track, parameters: URLSearchParams, clientToken: string): string[] {
  const faults: string[] = []
  const known = Object.entries(PARAMETERS).filter(([, { tracks }]) => tracks?.includes(track) ?? true)
  for (const [name, { required, form }] of known) {
    const values = parameters.getAll(name)
    if (values.length > 1) faults.push(`parameter ${name} stands ${values.length} times`)
    if (required && values.length === 0) faults.push(`parameter ${name} is missing`)
    if (values[0] !== undefined && !form.test(values[0])) faults.push(`parameter ${name} is ${JSON.stringify(values[0])}`)
  }
  for (const name of parameters.keys()) if (!known.some(([other]) => other === name)) faults.push(`parameter ${name} is unknown`)
  if (parameters.get('dd-api-key') !== clientToken) faults.push('dd-api-key is not the client token')
  return faults
}

export function headerFaults(track: Track, headers: IncomingHttpHeaders): string[] {
  const faults = Object.keys(headers).filter((name) => !KNOWN_HEADERS.has(name)).map((name) => `header ${name} must not come`)
  if (!CONTENT_TYPES[track].test(headers['content-type'] ?? '')) faults.push(`content-type is ${headers['content-type']}`)
  const forwardedFor = headers['x-forwarded-for']
  const address = typeof forwardedFor === 'string' ? forwardedFor.split(',')[0]?.trim() : undefined
  if (address === undefined || isIP(address) === 0) faults.push(`x-forwarded-for is ${String(forwardedFor)}`)
  if (!headers['user-agent']) faults.push('user-agent is missing')
  return faults
}
