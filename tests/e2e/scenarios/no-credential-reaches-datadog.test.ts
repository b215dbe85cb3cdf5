import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PUBLIC_TOKEN } from '../harness/collector.ts'
import { eventually } from '../harness/eventually.ts'
import { ask } from '../harness/http-request.ts'
import { ALL_TRACKS, tracksOf } from '../harness/official-sdk.ts'
import { click, openPharmacy } from '../harness/pharmacy.ts'
import { makeBatch, officialQuery } from '../harness/raw-batches.ts'
import { everythingArrives, leaveWitnessed, startServers, startWitnessedStack } from '../harness/stack.ts'
import type { Seen } from '../harness/witness.ts'

const SECRET = 'f3b1-session-of-the-visitor'

/** Which headers may arrive is the fake intake's to judge, request by request; here it is made sure that there were others. */
test('a page that stores cookies and sends its credentials with everything keeps them', async (t) => {
  const stack = await startWitnessedStack(t)
  const { witness, datadog, site } = stack
  const page = await openPharmacy(stack, {
    proxy: 'function',
    prepare: async (context) => {
      await context.addCookies([{ name: 'session', value: SECRET, url: site.origin }])
      // As applications do whose own back end is on another host: every request carries the cookies.
      await context.addInitScript(() => {
        const { fetch } = window
        window.fetch = (input, init) => fetch(input, { ...init, credentials: 'include' })
      })
    },
  })
  await eventually('the SDK has sent something while the page was open', async () => {
    await click(page, 'save', 'log', 'throw')
    assert.ok(witness.posts().length > 0)
  })
  await leaveWitnessed(stack, page)
  const withSecret = (): Seen[] => witness.acknowledged().filter(({ headers }) => headers.cookie?.includes(SECRET))
  await eventually('each track has come with a cookie', () => assert.deepEqual(tracksOf(withSecret()), ALL_TRACKS))
  assert.ok(withSecret().some(({ headers }) => headers['sec-fetch-mode'] === 'cors'), 'a fetch with a cookie')
  assert.ok(witness.acknowledged().every(({ headers }) => headers.referer !== undefined), 'browsers tell where they come from')

  await everythingArrives(stack)
  assert.ok(!JSON.stringify(datadog.taken.map(({ headers, events, segments, logs }) => [headers, events, segments, logs])).includes(SECRET))
  assert.ok(!stack.collector.log.includes(SECRET))
})

test('whatever headers a request brings, Datadog hears only who asked and what the body is', async (t) => {
  const { collector, datadog, site } = await startServers(t)
  const headers = {
    origin: site.origin,
    'content-type': 'text/plain;charset=UTF-8',
    'user-agent': 'a test',
    authorization: `Bearer ${SECRET}`,
    'proxy-authorization': `Basic ${SECRET}`,
    cookie: `session=${SECRET}`,
    referer: `${site.origin}/?token=${SECRET}`,
    'x-api-key': SECRET,
    'x-forwarded-for': '198.51.100.9',
    'x-forwarded-host': SECRET,
    forwarded: `for=198.51.100.9;host=${SECRET}`,
    'dd-api-key': SECRET,
    'accept-language': 'en-GB',
    'sec-ch-ua': '"Chromium"',
    via: SECRET,
  }
  const query = officialQuery('rum')
  for (const path of [`/dd?ddforward=${encodeURIComponent(`/api/v2/rum?${query}`)}`, `/shop/dd/api/v2/rum?${query}`]) {
    assert.equal((await ask(new URL(path, collector.intakeUrl), 'POST', headers, makeBatch(1).body)).status, 202)
  }
  await eventually('both have arrived', () => assert.equal(datadog.taken.length, 2))
  // The header of a client that is no known proxy is not believed, and an address goes on without its last part.
  assert.deepEqual(datadog.taken.map(({ headers: arrived }) => [arrived['x-forwarded-for'], arrived['user-agent']]), Array(2).fill(['127.0.0.0', 'a test']))
  // Nor may a page of another origin send any: a browser asks first.
  const preflight = await ask(new URL('/dd', collector.intakeUrl), 'OPTIONS', { origin: site.origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' })
  assert.deepEqual([preflight.status, preflight.headers['access-control-allow-headers']], [204, 'Content-Type'])
  assert.deepEqual(datadog.taken.map(({ parameters }) => parameters.get('dd-api-key') === PUBLIC_TOKEN), [false, false])
})
