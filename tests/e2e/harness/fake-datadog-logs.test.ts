// As in fake-datadog.test.ts, for the logs track: what a log may not be.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { type Change, postToIntake } from './datadog/post-to-intake.ts'
import { FakeDatadog } from './fake-datadog.ts'
import type { Answer } from './http-request.ts'

const TOKEN = 'pub-token-of-this-test'
let datadog: FakeDatadog

before(async () => { datadog = await FakeDatadog.start(TOKEN) })
after(() => datadog.stop())

const log = (): Record<string, unknown> => ({
  date: Date.now(),
  message: 'claim submitted',
  status: 'info',
  origin: 'logger',
  application_id: randomUUID(),
  session_id: randomUUID(),
  view: { id: randomUUID(), url: 'https://shop.example/' },
})

function post(logs: unknown[], change: Change & { body?: string | Buffer } = {}): Promise<Answer> {
  const body = change.body ?? logs.map((one) => JSON.stringify(one)).join('\n')
  return postToIntake({ url: datadog.url, token: TOKEN }, '/api/v2/logs', 'text/plain;charset=UTF-8', body, change)
}

test('valid logs are taken, plain and deflated', async () => {
  assert.equal((await post([log(), log()])).status, 202)
  const deflated = await post([], { body: deflateSync(JSON.stringify(log())), parameters: { 'dd-evp-encoding': 'deflate' } })
  assert.equal(deflated.status, 202)
  assert.deepEqual(datadog.unexpected, [])
  assert.equal(datadog.logs().length, 3)
  assert.deepEqual(datadog.taken.map(({ track }) => track), ['logs', 'logs'])
  assert.deepEqual(datadog.events(), [])
})

const broken: [name: string, send: () => Promise<Answer>, reason: RegExp][] = [
  ['a status nobody knows', () => post([{ ...log(), status: 'warning' }]), /log\/status must be equal to one of/],
  ['an origin nobody knows', () => post([{ ...log(), origin: 'browser' }]), /log\/origin must be equal to one of/],
  ['a log without its message', () => post([{ ...log(), message: undefined }]), /log must have required property 'message'/],
  ['a session that is no UUID', () => post([{ ...log(), session_id: 'one' }]), /log\/session_id must match pattern/],
  ['a stack that is no text', () => post([{ ...log(), error: { stack: ['at x'] } }]), /log\/error\/stack must be string/],
  ['a date in seconds', () => post([{ ...log(), date: Math.round(Date.now() / 1000) }]), /log\/date is .* ms ago/],
  ['a broken line', () => post([], { body: `${JSON.stringify(log())}\n{"date":` }), /no JSON/],
  ['an empty body', () => post([]), /empty/],
  ["the RUM track's time of a batch", () => post([log()], { parameters: { batch_time: String(Date.now()) } }), /batch_time is unknown/],
  ['a form', () => post([log()], { headers: { 'content-type': 'multipart/form-data; boundary=x' } }), /content-type/],
  ['a cookie', () => post([log()], { headers: { cookie: 'session=1' } }), /header cookie/],
]

for (const [name, send, reason] of broken) {
  test(`logs: ${name} is refused and remembered`, async () => {
    const takenBefore = datadog.taken.length
    datadog.unexpected.length = 0
    assert.equal((await send()).status, 400)
    assert.match(datadog.unexpected.join('\n'), reason)
    assert.equal(datadog.taken.length, takenBefore)
  })
}
