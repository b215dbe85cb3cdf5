// A validator that cannot fail proves nothing: each broken request here must be refused and remembered.

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

const common = () => ({
  date: Date.now(),
  application: { id: randomUUID() },
  session: { id: randomUUID(), type: 'user' },
  view: { id: randomUUID(), url: 'https://shop.example/' } as Record<string, unknown>,
  _dd: { format_version: 2 } as Record<string, unknown>,
})

const view = () => {
  const event = common()
  return {
    ...event,
    type: 'view',
    view: { ...event.view, time_spent: 1_000_000, action: { count: 0 }, error: { count: 0 }, resource: { count: 0 } },
    _dd: { ...event._dd, document_version: 1 },
  }
}

/** As the official SDK cuts it: of the scroll depth only what changed. */
const viewUpdate = () => {
  const event = common()
  return {
    ...event,
    type: 'view_update',
    view: { ...event.view, time_spent: 2_000_000 },
    display: { scroll: { max_depth: 900, max_depth_scroll_top: 180 } },
    _dd: { ...event._dd, document_version: 2 } as Record<string, unknown>,
  }
}

const action = () => ({ ...common(), type: 'action', action: { id: randomUUID(), type: 'click', target: { name: 'Save' } } })

function post(events: unknown[], change: Change & { body?: string | Buffer } = {}): Promise<Answer> {
  const body = change.body ?? events.map((event) => JSON.stringify(event)).join('\n')
  return postToIntake({ url: datadog.url, token: TOKEN }, '/api/v2/rum', 'text/plain;charset=UTF-8', body, change)
}

test('valid events are taken, plain and deflated', async () => {
  assert.equal((await post([view(), action(), viewUpdate()])).status, 202)
  const deflated = await post([], {
    body: deflateSync(JSON.stringify(view())),
    parameters: { 'dd-evp-encoding': 'deflate' },
    headers: { 'content-type': 'text/plain' },
  })
  assert.equal(deflated.status, 202)
  assert.deepEqual(datadog.unexpected, [])
  assert.deepEqual(datadog.events().map(({ type }) => type), ['view', 'action', 'view_update', 'view'])
})

const broken: [name: string, send: () => Promise<Answer>, reason: RegExp][] = [
  ['a route Datadog does not have', () => post([view()], { path: '/api/v2/spans' }), /no such route/],
  ['a GET', () => post([], { method: 'GET' }), /no such route/],
  ['another client token', () => post([view()], { parameters: { 'dd-api-key': 'pub-other' } }), /dd-api-key is not the client token/],
  ['a missing parameter', () => post([view()], { parameters: { 'dd-request-id': undefined } }), /dd-request-id is missing/],
  ['a parameter nobody documented', () => post([view()], { parameters: { debug: '1' } }), /debug is unknown/],
  ['a cookie', () => post([view()], { headers: { cookie: 'session=1' } }), /header cookie/],
  ['credentials', () => post([view()], { headers: { authorization: 'Basic eDp5' } }), /header authorization/],
  ['where the visitor came from', () => post([view()], { headers: { referer: 'https://shop.example/?q=1' } }), /header referer/],
  ['any header more than it takes', () => post([view()], { headers: { 'sec-ch-ua': '"Chromium"' } }), /header sec-ch-ua/],
  ['no client address', () => post([view()], { headers: { 'x-forwarded-for': '' } }), /x-forwarded-for/],
  ['JSON as its own content type', () => post([view()], { headers: { 'content-type': 'application/json' } }), /content-type/],
  ['an array instead of lines', () => post([[view()]]), /unknown event type/],
  ['nothing but empty lines', () => post([], { body: '\n\n' }), /nothing in the body/],
  ['a broken line', () => post([], { body: `${JSON.stringify(view())}\n{"type":` }), /no JSON/],
  ['deflate with something behind it', () => post([], { body: Buffer.concat([deflateSync(JSON.stringify(view())), Buffer.from('{}')]), parameters: { 'dd-evp-encoding': 'deflate' } }), /2 bytes stand behind/],
  ['deflate that is cut off', () => post([], { body: deflateSync(JSON.stringify(view())).subarray(0, -1), parameters: { 'dd-evp-encoding': 'deflate' } }), /cannot be read/],
  ['deflate that is announced but not there', () => post([view()], { parameters: { 'dd-evp-encoding': 'deflate' } }), /cannot be read/],
  ['an event type nobody knows', () => post([{ ...view(), type: 'page' }]), /unknown event type/],
  ['a view without its counts', () => post([{ ...view(), view: common().view }]), /view\/view must have required property 'action'/],
  ['an update without its place in the order', () => post([{ ...viewUpdate(), _dd: common()._dd }]), /view_update\/_dd must have required property 'document_version'/],
  ['an update with a wrong unit', () => post([{ ...viewUpdate(), view: { ...common().view, time_spent: 0.5 } }]), /view_update\/view\/time_spent must be integer/],
  ['an update of a text by a number', () => post([{ ...viewUpdate(), display: { scroll: { max_depth: '900' } } }]), /view_update\/display\/scroll\/max_depth must be number/],
  ['a number where a text belongs', () => post([{ ...action(), action: { type: 'click', id: 7 } }]), /action\/action\/id must be string/],
  ['an upper-case UUID', () => post([{ ...view(), session: { id: randomUUID().toUpperCase(), type: 'user' } }]), /session\/id must match pattern/],
  ['a duration in fractions', () => post([{ ...view(), view: { ...view().view, time_spent: 0.5 } }]), /time_spent must be integer/],
  ['a source Datadog does not have', () => post([{ ...common(), type: 'error', error: { message: 'no', source: 'browser' } }]), /error\/error\/source/],
  ['a date in seconds', () => post([{ ...view(), date: Math.round(Date.now() / 1000) }]), /date is .* ms ago/],
]

for (const [name, send, reason] of broken) {
  test(`${name} is refused and remembered`, async () => {
    const takenBefore = datadog.taken.length
    datadog.unexpected.length = 0
    assert.equal((await send()).status, 400)
    assert.match(datadog.unexpected.join('\n'), reason)
    assert.equal(datadog.taken.length, takenBefore)
  })
}

test('trouble can be scripted: a status, a cut connection, silence, and back to normal', async () => {
  datadog.unexpected.length = 0
  datadog.trouble = { status: 429, retryAfter_s: 7 }
  const refused = await post([view()])
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '7'])

  datadog.trouble = { reset: true }
  await assert.rejects(post([view()]), /ECONNRESET/)

  datadog.trouble = undefined
  await datadog.goDown()
  await assert.rejects(post([view()]))

  await datadog.comeBack()
  assert.equal((await post([view()])).status, 202)
  assert.deepEqual(datadog.unexpected, [])
})
