// Bodies in Datadog's own wire, posted without a browser: many, quickly, each with ids to look for.

import { randomUUID } from 'node:crypto'
import { APPLICATION_ID, PUBLIC_TOKEN } from './collector.ts'
import { FORM_TYPE, makeForm, presentSegment } from './datadog/make-form.ts'
import type { Track } from './datadog/request.ts'
import type { FakeDatadog } from './fake-datadog.ts'

const SESSION_ID = randomUUID()
const VIEW_ID = randomUUID()
const TEXT = 'text/plain;charset=UTF-8'

export interface RawBody<Body = string | Buffer> { track: Track; ids: string[]; contentType: string; body: Body }

export function makeBatch(events: number): RawBody<string> {
  return makeLines('rum', events, (id) => ({
    type: 'action',
    session: { id: SESSION_ID, type: 'user' },
    application: { id: APPLICATION_ID },
    view: { id: VIEW_ID, url: 'http://shop.example/' },
    action: { id, type: 'custom', target: { name: 'counted' } },
    _dd: { format_version: 2 },
  }))
}

export function makeLogs(logs: number): RawBody<string> {
  return makeLines('logs', logs, (id) => ({
    message: `counted ${id}`,
    status: 'info',
    origin: 'logger',
    application_id: APPLICATION_ID,
    session_id: SESSION_ID,
    view: { id: VIEW_ID, url: 'http://shop.example/' },
  }))
}

export function makeSegment(): RawBody<Buffer> {
  const id = randomUUID()
  const segment = { ...presentSegment(), application: { id: APPLICATION_ID }, session: { id: SESSION_ID }, view: { id } }
  return { track: 'replay', ids: [id], contentType: FORM_TYPE, body: makeForm(segment) }
}

/** Of everything that arrived, what `ids` speak of. */
export function arrivedIds(datadog: FakeDatadog): Set<string | undefined> {
  const { events, segments, logs } = datadog.everything()
  return new Set([...events.map(({ action }) => action?.id), ...segments.map(({ view }) => view.id), ...logs.map(({ message }) => message.split(' ')[1])])
}

/** The parameters the official SDK would give Datadog's intake. */
export function officialQuery(track: Track, changed: Record<string, string> = {}): string {
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
export function postBody(intakeUrl: string, origin: string, { track, contentType, body }: RawBody): Promise<Response> {
  const door = new URL('/dd', intakeUrl)
  door.searchParams.set('ddforward', `/api/v2/${track}?${officialQuery(track)}`)
  const bytes = typeof body === 'string' ? body : new Uint8Array(body)
  return fetch(door, { method: 'POST', body: bytes, headers: { origin, 'content-type': contentType, 'user-agent': 'a test' } })
}

function makeLines(track: Track, count: number, make: (id: string) => object): RawBody<string> {
  const ids = Array.from({ length: count }, () => randomUUID())
  return { track, ids, contentType: TEXT, body: ids.map((id) => JSON.stringify({ date: Date.now(), ...make(id) })).join('\n') }
}
