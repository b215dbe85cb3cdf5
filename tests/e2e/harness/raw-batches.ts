// Batches in Datadog's own wire, posted without a browser: many, quickly, each event with an id to look for.

import { randomUUID } from 'node:crypto'
import { APPLICATION_ID, PUBLIC_TOKEN } from './collector.ts'

const SESSION_ID = randomUUID()
const VIEW_ID = randomUUID()

export interface RawBatch { actionIds: string[]; body: string }

export function makeBatch(events: number): RawBatch {
  const actionIds = Array.from({ length: events }, () => randomUUID())
  const lines = actionIds.map((id) =>
    JSON.stringify({
      type: 'action',
      date: Date.now(),
      application: { id: APPLICATION_ID },
      session: { id: SESSION_ID, type: 'user' },
      view: { id: VIEW_ID, url: 'http://shop.example/' },
      action: { id, type: 'custom', target: { name: 'counted' } },
      _dd: { format_version: 2 },
    }),
  )
  return { actionIds, body: lines.join('\n') }
}

/** The parameters the official SDK would give Datadog's intake. */
export function officialQuery(track: 'rum' | 'replay' | 'logs', changed: Record<string, string> = {}): string {
  return new URLSearchParams({
    ddsource: 'browser',
    'dd-api-key': PUBLIC_TOKEN,
    'dd-evp-origin-version': '7.16.2',
    'dd-evp-origin': 'browser',
    'dd-request-id': randomUUID(),
    ...(track === 'rum' ? { batch_time: String(Date.now()), '_dd.api': 'fetch' } : {}),
    ...changed,
  }).toString()
}

/** As the official SDK would post it; the answer is the collector's. */
export function postBatch(intakeUrl: string, origin: string, { body }: RawBatch): Promise<Response> {
  const door = new URL('/dd', intakeUrl)
  door.searchParams.set('ddforward', `/api/v2/rum?${officialQuery('rum')}`)
  return fetch(door, { method: 'POST', body, headers: { origin, 'content-type': 'text/plain;charset=UTF-8', 'user-agent': 'a test' } })
}
