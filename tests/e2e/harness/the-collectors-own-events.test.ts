// What the collector makes of a batch with everything in it is what Datadog's published types say. The file is the
// golden one of the collector's own test, so it is what the collector writes.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadDatadogSchema } from './datadog-schema.ts'
import { places } from './places.ts'

interface Written { type: string; [key: string]: unknown }

const KINDS = ['action', 'error', 'long_task', 'resource', 'view', 'view_update', 'vital']

const events = JSON.parse(await readFile(join(places.datadogBodies, 'rum-of-v1-everything.json'), 'utf8')) as Written[]
const schema = await loadDatadogSchema()

test('every kind our SDK sends is among them', () => {
  assert.deepEqual([...new Set(events.map(({ type }) => type))].sort(), KINDS)
})

for (const kind of KINDS) {
  test(`each ${kind} is what Datadog's types say`, () => {
    const ofKind = events.filter(({ type }) => type === kind)
    assert.deepEqual(ofKind.flatMap((event) => schema.event(event)), [])
  })
}

/** Each names a field of every kind that the check above could not miss if it were wrong. */
const BROKEN: [string, (event: any) => void][] = [
  ['action', (event) => { event.action.frustration.type = ['rage'] }],
  ['error', (event) => { event.error.causes[0].source = 'nowhere' }],
  ['long_task', (event) => { event.long_task.scripts[0].duration = 1.5 }],
  ['resource', (event) => { event.resource.dns.duration = -1 }],
  ['view', (event) => { event.view.performance.lcp.sub_parts.load_delay = undefined }],
  ['view_update', (event) => { event._dd.document_version = undefined }],
  ['vital', (event) => { event.vital.duration = '1' }],
]

test('and one field otherwise is a fault of its kind', () => {
  for (const [kind, break_] of BROKEN) {
    const broken = structuredClone(events.find(({ type }) => type === kind))
    break_(broken)
    assert.notDeepEqual(schema.event(JSON.parse(JSON.stringify(broken))), [], kind)
  }
})
