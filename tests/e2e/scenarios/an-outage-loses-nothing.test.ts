import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actionNames, assertNothingCameTwice } from '../harness/events.ts'
import { eventually, pause } from '../harness/eventually.ts'
import type { Trouble } from '../harness/fake-datadog.ts'
import { makeBatch, postBody } from '../harness/raw-batches.ts'
import { leave, openPage, startServers, startStack } from '../harness/stack.ts'

const OUTAGE_MS = 60_000
const BETWEEN_POSTS_MS = 3_000
const EVENTS_PER_POST = 3
/** Back-off of collector or SDK may have grown to about a minute by the end of the outage. */
const RECOVERY_WITHIN_MS = 120_000

test('the Datadog intake down for a full minute loses nothing', async (t) => {
  const stack = await startStack(t)
  const { datadog, collector, site } = stack
  const page = await openPage(stack, '/claims.html')
  await datadog.goDown()
  const end_ms = performance.now() + OUTAGE_MS
  const acknowledged: string[] = []
  let clicks = 0
  while (performance.now() < end_ms) {
    const batch = makeBatch(EVENTS_PER_POST)
    assert.equal((await postBody(collector.intakeUrl, site.origin, batch)).status, 202)
    acknowledged.push(...batch.ids)
    await page.click('#save')
    clicks += 1
    await pause(BETWEEN_POSTS_MS)
  }
  await leave(stack, page)
  assert.deepEqual(datadog.events(), [])
  await datadog.comeBack()
  await eventually('every event of that minute is at Datadog', () => {
    const arrived = new Set(datadog.events().map(({ action }) => action?.id))
    assert.deepEqual(acknowledged.filter((id) => !arrived.has(id)), [])
    assert.equal(actionNames(datadog.events()).filter((name) => name === 'Save claim').length, clicks)
  }, RECOVERY_WITHIN_MS)
  assertNothingCameTwice(datadog)
})

const troubles: [name: string, trouble: Trouble][] = [
  ['answers 503', { status: 503 }],
  ['answers 429 and asks for patience', { status: 429, retryAfter_s: 1 }],
  ['refuses the client token', { status: 403 }],
  ['answers seconds late', { delay_ms: 3_000 }],
]

for (const [name, trouble] of troubles) {
  test(`a Datadog intake that ${name} gets everything once it is well again`, async (t) => {
    const { datadog, collector, site } = await startServers(t)
    datadog.trouble = trouble
    const batches = [makeBatch(EVENTS_PER_POST), makeBatch(EVENTS_PER_POST)]
    for (const batch of batches) assert.equal((await postBody(collector.intakeUrl, site.origin, batch)).status, 202)
    await eventually('the collector has tried', () => assert.ok(datadog.troubled > 0))
    datadog.trouble = undefined
    await eventually('everything arrives', () => {
      const arrived = datadog.events().map(({ action }) => action?.id)
      assert.deepEqual(arrived.toSorted(), batches.flatMap(({ ids }) => ids).toSorted())
    }, RECOVERY_WITHIN_MS)
  })
}

test('the collector away for a while loses nothing: the SDK tries again', async (t) => {
  const stack = await startStack(t)
  const page = await openPage(stack, '/claims.html')
  await stack.collector.stop()
  const failed = page.waitForEvent('requestfailed', { predicate: (request) => request.url().includes('/shop/v1'), timeout: RECOVERY_WITHIN_MS })
  const clickedAt_ms = Date.now()
  await page.click('#save')
  await page.click('#throw')
  await failed
  await page.click('#save')
  await stack.collector.restart()
  await eventually('all arrives, with its true time', () => {
    assert.deepEqual(actionNames(stack.datadog.events()).toSorted(), ['Save claim', 'Save claim', 'button#throw'])
    assert.equal(stack.datadog.events('error').length, 1)
    const first_ms = Math.min(...stack.datadog.events('action').map(({ date }) => date))
    assert.ok(Math.abs(first_ms - clickedAt_ms) < 2_000, `the first click is ${first_ms - clickedAt_ms} ms off`)
  }, RECOVERY_WITHIN_MS)
  assertNothingCameTwice(stack.datadog)
})
