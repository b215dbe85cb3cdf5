import assert from 'node:assert/strict'
import { inEachBrowser, type Place, visit } from '../harness/browsers/each-browser.ts'
import type { Tab } from '../harness/browsers/browser.ts'
import { actionNames, assertNothingCameTwice } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'

/** A race is only proven absent by meeting it often; Chromium meets it ten times more in its own scenario. */
const ROUNDS = 4

async function leaveOften(place: Place, button: string, name: string, leave: (tab: Tab) => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const tab = await visit(place, '/claims.html')
    await tab.click(button)
    await leave(tab)
  }
  await eventually(`all ${ROUNDS} clicks and view ends arrive`, () => {
    assert.deepEqual(actionNames(place.datadog.events()), Array(ROUNDS).fill(name))
    assert.deepEqual(place.datadog.views().map(({ view }) => [view['is_active'], view['action']]), Array(ROUNDS).fill([false, { count: 1 }]))
  })
  assertNothingCameTwice(place.datadog)
}

inEachBrowser('a tab closed right after a click loses nothing', (place) => leaveOften(place, '#save', 'Save claim', (tab) => tab.close()))

inEachBrowser('a click on the very link that leaves the page arrives', (place) =>
  leaveOften(place, '#leave', 'Leave', async (tab) => {
    await eventually('the next page is there', async () => assert.equal(await tab.evaluate(() => location.pathname), '/left.html'))
    await tab.close()
  }))
