// What the collector makes of a segment of our own recorder, held against what Datadog ships: its types, and the decoder of its
// own recordings (`cargo test -p collector` holds the collector against the same file).

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { FORM_TYPE, makeForm } from './datadog/make-form.ts'
import { readReplay, type ReplayRecord, type Segment } from './datadog/replay.ts'
import { loadDatadogSchema } from './datadog-schema.ts'
import { places } from './places.ts'

interface ChangeDecoder { decode(record: ReplayRecord): { data: unknown[] } }

// The package ships it as source only. By its path: the compiler would judge Datadog's sources by our rules.
const decoderPath = join(places.packages, '@datadog/browser-rum/src/domain/record/encoding/changeDecoder.ts')
const { createChangeDecoder } = await import(pathToFileURL(decoderPath).href) as { createChangeDecoder(options?: { keepRoles?: boolean }): ChangeDecoder }

const ours = JSON.parse(readFileSync(join(places.datadogBodies, 'replay-of-v1-replay.json'), 'utf8')) as Segment

const records = (type: number): ReplayRecord[] => ours.records.filter((record) => record.type === type)

/** The records with changes, with their texts in place of the numbers. */
function decoded(options?: { keepRoles: boolean }): unknown[][] {
  const decoder = createChangeDecoder(options)
  return [...records(2), ...records(12)].map((record) => decoder.decode(record).data)
}

test('our segment is what the types of Datadog say, but that it is old', async () => {
  const { segment, faults } = readReplay(makeForm(ours), FORM_TYPE, await loadDatadogSchema())
  assert.deepEqual(faults.filter((fault) => !/^segment\/start is \d+ ms ago$/.test(fault)), [])
  assert.deepEqual(segment, ours)
})

test("Datadog's decoder reads our snapshot", () => {
  const [snapshot] = decoded()
  assert.deepEqual(snapshot, [
    [
      1,
      [null, '#document'],
      [1, '#doctype', 'html', '', ''],
      [0, 'HTML'],
      [1, 'BODY', ['class', 'claims wide'], ['style', 'color: red']],
      [1, '#text', 'Open claims'],
      [0, 'INPUT', ['value', '***']],
      [-2, 'svg>path', ['class', 'M8 1l7 14H1z'], ['href', 'https://pharmacy.example/claims']],
      [4, 'X-CLAIM'],
      [1, '#shadow-root'],
      [1, '#text', 'xxx \u{1f3e5}\u2028"\\'],
      [7, 'VIDEO'],
      [9, 'STYLE'],
      [9, '#document-fragment'],
      [10, '#cdata-section'],
    ],
    [6, [0, 0, 300]],
    [7, [['.claims { color: red }']]],
    [8, [11, 0]],
  ])
})

test("Datadog's decoder reads our changes, with texts of the snapshot before them", () => {
  const [, changes] = decoded()
  assert.deepEqual(changes, [
    [1, [11, 'BODY'], [1, '#text', 'Claim 10480'], [0, '#text', 'paid']],
    [2, 4],
    [3, [3, ['class', 'M8 1l7 14H1z'], ['style']]],
    [4, [9, 'Claim 10480']],
    [5, [7, 300, 150]],
    [6, [3, -1, 40]],
    [7, [['.claims { color: red }', '.claims { color: red }'], ['print'], true]],
    [8, [8, 1, 0]],
    [9, [10, 0], [10, 1]],
    [10, [0, 12.5, 0, 300, 1280, 720, 1.25]],
    [12, [5, '***']],
    [13, [0, 5], [1, 5], [2, 5]],
  ])
})

test('texts have the roles they were recorded with', () => {
  const [snapshot] = decoded({ keepRoles: true })
  const [, ...nodes] = snapshot?.[0] as unknown[][]
  const text = (role: number, string: string) => ({ role, string })
  assert.deepEqual(nodes[5], [0, text(1, 'INPUT'), [text(2, 'value'), text(5, '***')]])
  assert.deepEqual(nodes[6]?.[3], [text(2, 'href'), text(7, 'https://pharmacy.example/claims')])
  assert.deepEqual(nodes[9], [1, text(1, '#text'), text(4, 'xxx \u{1f3e5}\u2028"\\')])
})

test('our viewer gets the same, and what Datadog has no word for', () => {
  const viewer = JSON.parse(readFileSync(join(places.viewerBodies, 'replay-of-v1-replay.json'), 'utf8')) as Segment
  const own = viewer.records.filter(({ type }) => type >= 100)
  assert.deepEqual(own.map(({ type }) => type), [101, 101, 101, 100])
  const shared = viewer.records.filter(({ type }) => type < 100)
  const withoutOurs = shared.map((record) => (record.type === 12 ? { ...record, data: (record.data as [number][]).filter(([kind]) => kind < 100) } : record))
  assert.deepEqual(withoutOurs, ours.records)
  const changes = shared.find(({ type }) => type === 12)?.data as unknown[]
  assert.deepEqual(changes.slice(-2), [[100, [7, 1]], [101, 10]])
})
