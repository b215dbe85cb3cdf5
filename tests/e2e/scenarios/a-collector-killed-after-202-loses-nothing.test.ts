import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actionNames } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import { arrivedIds, makeBatch, makeLogs, makeSegment, postBody, type RawBody } from '../harness/raw-batches.ts'
import { openPage, startServers, startStack } from '../harness/stack.ts'

const ROUNDS = 8
const POSTS_PER_ROUND = 40
const EVENTS_PER_POST = 3
/** Posts of each kind by turns. */
const MAKE: (() => RawBody)[] = [() => makeBatch(EVENTS_PER_POST), makeSegment, () => makeLogs(EVENTS_PER_POST)]

/** The SDK posts what it has 10 s after the first event; a busy machine gets some more. */
const FLUSH_WITHIN_MS = 20_000

test('whatever was answered 202 before kill -9 is delivered after the restart', async (t) => {
  const { site, datadog, collector } = await startServers(t)
  const acknowledged: string[] = []
  let unanswered = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    // In every other round nothing can be delivered before the kill: all depends on the journal.
    const intakeIsDown = round % 2 === 1
    if (intakeIsDown) await datadog.goDown()
    // The kill comes in the middle of the round's answers, at another point each time.
    const killAfter = 1 + round * Math.floor(POSTS_PER_ROUND / ROUNDS)
    let answered = 0
    let killed: Promise<void> | undefined
    await Promise.all(Array.from({ length: POSTS_PER_ROUND }, async (_, post) => {
      const body = (MAKE[post % MAKE.length] as () => RawBody)()
      const status = await postBody(collector.intakeUrl, site.origin, body).then((response) => response.status, () => 0)
      if (status !== 202) {
        unanswered += 1
        return
      }
      acknowledged.push(...body.ids)
      answered += 1
      if (answered === killAfter) killed = collector.killHard()
    }))
    assert.ok(killed, `round ${round}: only ${answered} posts were answered 202`)
    await killed
    await collector.restart()
    if (intakeIsDown) await datadog.comeBack()
  }
  t.diagnostic(`${acknowledged.length} events, segments and logs acknowledged, ${unanswered} posts cut off by ${ROUNDS} kills`)
  await eventually('everything acknowledged is at Datadog', () => {
    const arrived = arrivedIds(datadog)
    const missing = acknowledged.filter((id) => !arrived.has(id))
    assert.equal(missing.length, 0, `${missing.length} of ${acknowledged.length} are missing`)
  }, 90_000)
})

test("a visitor's click, acknowledged just before the kill, is delivered after the restart", async (t) => {
  const stack = await startStack(t)
  await stack.datadog.goDown()
  const page = await openPage(stack, '/claims.html')
  const acknowledged = page.waitForResponse((response) => new URL(response.url()).pathname === '/shop/v1' && response.status() === 202, { timeout: FLUSH_WITHIN_MS })
  await page.click('#save')
  await acknowledged
  await stack.collector.killHard()
  await stack.collector.restart()
  await stack.datadog.comeBack()
  await eventually('the click is at Datadog', () => assert.deepEqual(actionNames(stack.datadog.events()), ['Save claim']), 90_000)
  await eventually('and in the store', async () => {
    const names = (await stack.collector.views()).flatMap(({ actions }) => actions.map(({ name }) => name))
    assert.deepEqual(names, ['Save claim'])
  })
})
