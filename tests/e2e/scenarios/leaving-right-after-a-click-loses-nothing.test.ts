import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actionNames, assertNothingCameTwice } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import { openPage, startStack } from '../harness/stack.ts'

/** A race is only proven absent by meeting it often. */
const ROUNDS = 10

test('a tab closed right after a click loses nothing', async (t) => {
  const stack = await startStack(t)
  for (let round = 0; round < ROUNDS; round += 1) {
    const page = await openPage(stack, '/claims.html')
    await page.click('#save')
    await page.close()
  }
  await eventually(`all ${ROUNDS} clicks and view ends arrive`, () => {
    assert.deepEqual(actionNames(stack.datadog.events()), Array(ROUNDS).fill('Save claim'))
    assert.deepEqual(stack.datadog.views().map(({ view }) => [view['is_active'], view['action']]), Array(ROUNDS).fill([false, { count: 1 }]))
  })
  assertNothingCameTwice(stack.datadog)
  // The tab was gone before most answers: the bodies count all the same.
  const count = async (sink: string, outcome: string): Promise<number | undefined> =>
    (await stack.collector.metrics()).get(`collector_outcomes_total{app="pharmacy-claims",door="batch",outcome="${outcome}",sink="${sink}",track="rum"}`)
  await eventually('each body has been counted once', async () => assert.equal(await count('none', 'accepted'), await count('store', 'delivered')), 5_000)
})

test('a click on the very link that leaves the page arrives', async (t) => {
  const stack = await startStack(t)
  for (let round = 0; round < ROUNDS; round += 1) {
    const page = await openPage(stack, '/claims.html')
    await Promise.all([page.waitForURL('**/left.html'), page.click('#leave')])
    await page.close()
  }
  await eventually(`all ${ROUNDS} clicks and view ends arrive`, () => {
    assert.deepEqual(actionNames(stack.datadog.events()), Array(ROUNDS).fill('Leave'))
    assert.deepEqual(stack.datadog.views().map(({ view }) => [view['is_active'], view['action']]), Array(ROUNDS).fill([false, { count: 1 }]))
  })
  assertNothingCameTwice(stack.datadog)
})
