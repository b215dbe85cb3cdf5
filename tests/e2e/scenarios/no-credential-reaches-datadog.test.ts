import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PUBLIC_TOKEN } from '../harness/collector.ts'
import { eventually } from '../harness/eventually.ts'
import { ask } from '../harness/http-request.ts'
import { forwarded } from '../harness/official-sdk.ts'
import { click, openPharmacy } from '../harness/pharmacy.ts'
import { makeBatch, officialQuery } from '../harness/raw-batches.ts'
import { leave, startServers, startWitnessedStack } from '../harness/stack.ts'

const SECRET = 'f3b1-session-of-the-visitor'

/** Which headers may arrive is the fake intake's to judge, request by request; here it is made sure that there were others. */
test('a page that stores cookies and sends its credentials with everything keeps them', async (t) => {
  const { witness, ...stack } = await startWitnessedStack(t)
  const { datadog, site } = stack
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
  await leave(stack, page)
  const tracksWith = (name: string): string[] => [...new Set(witness.acknowledged().filter(({ headers }) => headers[name]?.includes(SECRET)).map((post) => forwarded(post).pathname))].sort()
  await eventually('each track has come with a cookie', () => assert.deepEqual(tracksWith('cookie'), ['/api/v2/logs', '/api/v2/replay', '/api/v2/rum']))
  assert.ok(witness.acknowledged().some(({ headers }) => headers['sec-fetch-mode'] === 'cors' && headers.cookie !== undefined), 'a fetch with a cookie')
  assert.ok(witness.acknowledged().every(({ headers }) => headers.referer !== undefined), 'browsers tell where they come from')

  await eventually('everything has arrived', () => assert.equal(datadog.taken.length, witness.acknowledged().length))
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
  assert.deepEqual(datadog.taken.map(({ parameters }) => parameters.get('dd-api-key') === PUBLIC_TOKEN), [false, false])
})
