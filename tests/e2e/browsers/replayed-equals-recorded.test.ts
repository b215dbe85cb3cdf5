// Each of the cases in tests/fixtures/replay is recorded by the SDK, goes through the collector, and is shown by the player: at
// every step the replay must be what the page was.

import assert from 'node:assert/strict'
import { inEachBrowser } from '../harness/browsers/each-browser.ts'
import { type Case, faultsOf, openStage, readCases } from '../harness/replay/cases.ts'
import { OurRecorder } from '../harness/replay/ours.ts'

/** Pages that are recorded at a time: most of a case is waiting for batches. */
const TABS = 4

inEachBrowser('a replay is at every step what the page was', async ({ browser, collector, site }, t) => {
  const waiting = readCases()
  await t.test('cases', { concurrency: TABS }, async (t) => {
    await Promise.all(Array.from({ length: TABS }, async () => {
      const stage = await openStage(browser, site)
      const tab = await browser.open(`${site.origin}/left.html`)
      const recorder = new OurRecorder(site, collector)
      for (let one = waiting.shift(); one; one = waiting.shift()) {
        const { number, title } = one
        await t.test(`${number}: ${title}`, async () => {
          await stage.goTo(`${site.origin}/replay/stage.html`)
          assert.deepEqual(await faultsOf(tab, stage, site, recorder, one as Case), [])
        })
      }
    }))
  })
}, { webkit: 'the replay engine is proven there by its own tests; these pages take a minute' })
