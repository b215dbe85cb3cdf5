// As in fake-datadog.test.ts, for the replay track. Each broken form is made of a segment the official SDK sent
// (tests/fixtures/datadog), brought to the present.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { FORM_TYPE, type FormOptions, makeForm, presentSegment as segment, recordedSegment } from './datadog/make-form.ts'
import { type Change, postToIntake } from './datadog/post-to-intake.ts'
import { readReplay, type ReplayRecord, type Segment } from './datadog/replay.ts'
import { loadDatadogSchema } from './datadog-schema.ts'
import { FakeDatadog } from './fake-datadog.ts'
import type { Answer } from './http-request.ts'
import { places } from './places.ts'

const TOKEN = 'pub-token-of-this-test'
const recorded = recordedSegment()
let datadog: FakeDatadog

before(async () => { datadog = await FakeDatadog.start(TOKEN) })
after(() => datadog.stop())

interface Form extends FormOptions { segment?: Segment }

function post({ segment: content = segment(), ...options }: Form, change: Change = {}): Promise<Answer> {
  return postToIntake({ url: datadog.url, token: TOKEN }, '/api/v2/replay', FORM_TYPE, makeForm(content, options), change)
}

function withRecord(change: (record: ReplayRecord) => ReplayRecord | undefined): Segment {
  const made = segment()
  const records = made.records.flatMap((record) => change(record) ?? [])
  return { ...made, records, records_count: records.length }
}

const withChange = (data: unknown): Segment => withRecord((record) => (record.type === 12 ? { ...record, data } : record))

test('a segment of the official SDK is taken', async () => {
  assert.equal((await post({})).status, 202)
  assert.deepEqual(datadog.unexpected, [])
  assert.deepEqual(datadog.segments().map(({ index_in_view, records }) => [index_in_view, records.length]), [[0, recorded.records_count]])
})

test('the form as the browser wrote it has no fault but its age', async () => {
  const [body, contentType] = ['replay-multipart.bin', 'replay-multipart.txt'].map((name) => readFileSync(join(places.datadogBodies, name))) as [Buffer, Buffer]
  const { segment: read, faults } = readReplay(body, contentType.toString(), await loadDatadogSchema())
  assert.deepEqual(faults.filter((fault) => !/^segment\/start is \d+ ms ago$/.test(fault)), [])
  assert.deepEqual(read, recorded)
})

const broken: [name: string, send: () => Promise<Answer>, reason: RegExp][] = [
  ['a raw size that is not the real one', () => post({ beside: { raw_segment_size: 1 } }), /raw_segment_size is 1, but should be/],
  ['a compressed size that is not the real one', () => post({ beside: { compressed_segment_size: 1 } }), /compressed_segment_size is 1, but/],
  ['metadata that differ from the segment', () => post({ beside: { view: { id: randomUUID() } } }), /the segment's own metadata/],
  ['a count of records that is not the real one', () => post({ segment: { ...segment(), records_count: 3 } }), /records_count is 3, but should be/],
  ['a start that is not the first record', () => post({ segment: { ...segment(), start: recorded.start } }), /start is .* but should be/],
  ['an end that is not the last record', () => post({ segment: { ...segment(), end: Date.now() + 1_000 } }), /end is .* but should be/],
  ['a snapshot that is told and not there', () => post({ segment: { ...withRecord((record) => (record.type === 2 ? undefined : record)), index_in_view: 1 } }), /has_full_snapshot is true, but/],
  ['a first segment without a snapshot', () => post({ segment: { ...withRecord((record) => (record.type === 2 || record.type === 12 ? undefined : record)), has_full_snapshot: false } }), /no full snapshot/],
  ['a reason nobody knows', () => post({ segment: { ...segment(), creation_reason: 'because' } }), /creation_reason must be equal to one of/],
  ['a session that is no UUID', () => post({ segment: { ...segment(), session: { id: 'one' } } }), /session\/id must match pattern/],
  ['no records at all', () => post({ segment: { ...segment(), records: [], records_count: 0 } }), /no records/],
  ['a record type nobody knows', () => post({ segment: withRecord((record) => (record.type === 4 ? { ...record, type: 5 } : record)) }), /unknown record type 5/],
  ['a record without its time', () => post({ segment: withRecord(({ timestamp, ...record }) => (record.type === 4 ? (record as ReplayRecord) : { ...record, timestamp })) }), /4 must have required property 'timestamp'/],
  ['a change nobody knows', () => post({ segment: withChange([[16, 1]]) }), /record \d+: 12\/data\/0/],
  ['a text that is neither string nor reference', () => post({ segment: withChange([[4, [1, true]]]) }), /12\/data\/0\/1\/1/],
  ['a size without its height', () => post({ segment: withChange([[5, [1, 20]]]) }), /12\/data\/0\/1/],
  ['a segment that is not deflated', () => post({ packed: Buffer.from(JSON.stringify(segment())) }), /part segment: the body cannot be read/],
  ['a segment that is cut off', () => post({ packed: deflateSync(JSON.stringify(segment())).subarray(0, 500) }), /part segment: the body cannot be read/],
  ['a segment that is no JSON', () => post({ packed: deflateSync('{"records":[') }), /part segment is no JSON/],
  ['a filename of another segment', () => post({ filename: `${recorded.session.id}-1` }), /part segment's filename/],
  ['a form without its event', () => post({ parts: (segmentPart) => [segmentPart] }), /the form's parts are/],
  ['a form with a part more', () => post({ parts: (...both) => [...both, both[1]] }), /the form's parts are/],
  ['a form that is cut off', () => post({ ending: '' }), /does not end with its last boundary/],
  ['a form with something behind it', () => post({ ending: '--\r\n{}' }), /does not end with its last boundary/],
  ['a form without its boundary', () => post({}, { headers: { 'content-type': 'multipart/form-data' } }), /content-type/],
  ['a form with another boundary', () => post({}, { headers: { 'content-type': 'multipart/form-data; boundary=other' } }), /does not begin with its boundary/],
  ["the RUM track's encoding", () => post({}, { parameters: { 'dd-evp-encoding': 'deflate' } }), /dd-evp-encoding is unknown/],
  ['a cookie', () => post({}, { headers: { cookie: 'session=1' } }), /header cookie/],
]

for (const [name, send, reason] of broken) {
  test(`replay: ${name} is refused and remembered`, async () => {
    const takenBefore = datadog.taken.length
    datadog.unexpected.length = 0
    assert.equal((await send()).status, 400)
    assert.match(datadog.unexpected.join('\n'), reason)
    assert.equal(datadog.taken.length, takenBefore)
  })
}
