import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { type Collector, PUBLIC_TOKEN } from '../harness/collector.ts'
import { eventually } from '../harness/eventually.ts'
import { places } from '../harness/places.ts'
import { makeBatch, officialQuery, postBody } from '../harness/raw-batches.ts'
import { startServers } from '../harness/stack.ts'

/** More than any door takes, little enough that the collector reads it to the end so that its answer is heard. */
const OVER_THE_LIMIT_BYTES = 4 * 1024 * 1024
/** What the bomb becomes; it travels as a few KiB. */
const INFLATED_BYTES = 32 * 1024 * 1024

const forward = (path = '/api/v2/rum', parameters: Record<string, string> = {}): string => encodeURIComponent(`${path}?${officialQuery('rum', parameters)}`)

interface Case { name: string; path: string; status: number; outcome: string; method?: string; origin?: string; contentType?: string; body?: string | Uint8Array<ArrayBuffer> }

const bomb = new Uint8Array(deflateSync(Buffer.alloc(INFLATED_BYTES, ' ')))
const event = makeBatch(1).body

const form = readFileSync(join(places.datadogBodies, 'replay-multipart.bin'))
const formType = readFileSync(join(places.datadogBodies, 'replay-multipart.txt'), 'utf8')

const cases: Case[] = [
  { name: 'malformed JSON', path: `/dd?ddforward=${forward()}`, body: '{"type":"view",', status: 400, outcome: 'malformed' },
  { name: 'a body that is no CBOR', path: `/v1?k=${PUBLIC_TOKEN}`, body: '{"type":"view"}', status: 400, outcome: 'malformed' },
  { name: 'deflate that is none', path: `/dd?ddforward=${forward('/api/v2/rum', { 'dd-evp-encoding': 'deflate' })}`, body: event, status: 400, outcome: 'malformed' },
  { name: 'no ddforward at all', path: '/dd', body: event, status: 400, outcome: 'malformed' },
  { name: 'a wrong key', path: '/v1?k=pub-nobody', body: 'x', status: 403, outcome: 'unknown_key' },
  { name: 'a wrong key of the official SDK', path: `/dd?ddforward=${forward('/api/v2/rum', { 'dd-api-key': 'pub-nobody' })}`, body: event, status: 403, outcome: 'unknown_key' },
  { name: 'an origin that is not allowed', path: `/v1?k=${PUBLIC_TOKEN}`, origin: 'https://elsewhere.example', body: 'x', status: 403, outcome: 'origin_not_allowed' },
  { name: 'a body over the limit', path: `/v1?k=${PUBLIC_TOKEN}`, body: new Uint8Array(OVER_THE_LIMIT_BYTES), status: 413, outcome: 'body_too_large' },
  { name: 'a zip bomb', path: `/v1?k=${PUBLIC_TOKEN}`, body: bomb, status: 413, outcome: 'inflated_too_large' },
  { name: 'a zip bomb by the official door', path: `/dd?ddforward=${forward('/api/v2/rum', { 'dd-evp-encoding': 'deflate' })}`, body: bomb, status: 413, outcome: 'inflated_too_large' },
  { name: 'a wrong path', path: '/v2', body: 'x', status: 404, outcome: 'unknown_path' },
  { name: 'a path of Datadog that is not served', path: `/dd?ddforward=${forward('/api/v2/spans')}`, body: event, status: 404, outcome: 'forward_path_not_served' },
  { name: 'a ddforward to another host', path: `/dd?ddforward=${encodeURIComponent('//evil.example/api/v2/rum?dd-api-key=' + PUBLIC_TOKEN)}`, body: event, status: 400, outcome: 'malformed' },
  { name: 'a wrong key in the function form', path: `/dd/api/v2/logs?${officialQuery('logs', { 'dd-api-key': 'pub-nobody' })}`, body: event, status: 403, outcome: 'unknown_key' },
  { name: 'a path of Datadog that is not served, in the function form', path: `/dd/api/v2/spans?${officialQuery('rum')}`, body: event, status: 404, outcome: 'unknown_path' },
  { name: 'a track that is not taken', path: `/dd/api/v2/profile?${officialQuery('rum')}`, body: event, status: 404, outcome: 'forward_path_not_served' },
  { name: 'a segment that is no form', path: `/dd/api/v2/replay?${officialQuery('replay')}`, body: event, status: 400, outcome: 'malformed' },
  { name: 'a form that is cut off', path: `/dd/api/v2/replay?${officialQuery('replay')}`, contentType: formType, body: new Uint8Array(form.subarray(0, -20)), status: 400, outcome: 'malformed' },
  { name: 'logs that are a form', path: `/dd/api/v2/logs?${officialQuery('logs')}`, contentType: formType, body: new Uint8Array(form), status: 400, outcome: 'malformed' },
  { name: 'a GET', path: `/v1?k=${PUBLIC_TOKEN}`, method: 'GET', status: 405, outcome: 'method_not_allowed' },
]

test('bad requests get the right status, a reason, CORS headers and a counter, and the collector keeps serving', async (t) => {
  const { collector, site, datadog } = await startServers(t)
  for (const { name, path, status, outcome, method = 'POST', origin = site.origin, contentType = 'text/plain;charset=UTF-8', body } of cases) {
    await t.test(name, async () => {
      const before = await countOf(collector, outcome)
      const response = await fetch(collector.intakeUrl + path, { method, headers: { origin, 'content-type': contentType }, body: body ?? null })
      const reason = await response.text()
      assert.equal(response.status, status, reason)
      assert.equal(response.headers.get('access-control-allow-origin'), origin)
      assert.equal(response.headers.get('access-control-allow-credentials'), null)
      assert.match(response.headers.get('vary') ?? '', /origin/i)
      assert.match(response.headers.get('content-type') ?? '', /^text\/plain/)
      assert.match(reason.trim(), /^\S[^\n]{9,}$/, 'one line that says why')
      assert.equal(await countOf(collector, outcome), before + 1)

      const good = makeBatch(1)
      assert.equal((await postBody(collector.intakeUrl, site.origin, good)).status, 202)
    })
  }
  await eventually('every good batch in between is delivered', () => assert.equal(datadog.events('action').length, cases.length))
  assert.ok((await fetch(new URL('/livez', collector.intakeUrl))).ok)
})

/** Sum over apps and doors of the bodies with this outcome. */
async function countOf(collector: Collector, outcome: string): Promise<number> {
  const samples = [...(await collector.metrics())].filter(([name]) => name.startsWith('collector_outcomes_total{') && name.includes(`outcome="${outcome}"`))
  return samples.reduce((sum, [, value]) => sum + value, 0)
}
