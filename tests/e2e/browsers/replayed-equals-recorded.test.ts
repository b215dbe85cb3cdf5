// Each of the cases in tests/fixtures/replay is recorded by the SDK, goes through the collector, and is shown by the player: at
// every step the replay must be what the page was.

import assert from 'node:assert/strict'
import { inEachBrowser } from '../harness/browsers/each-browser.ts'
import { faultsOf, openStage, readCases } from '../harness/replay/cases.ts'
import { OurRecorder } from '../harness/replay/ours.ts'

inEachBrowser('a replay is at every step what the page was', async ({ browser, collector, site }, t) => {
  const recorder = new OurRecorder(site, collector)
  const stage = await openStage(browser, site)
  const tab = await browser.open(`${site.origin}/left.html`)
  for (const one of readCases()) {
    await t.test(`${one.number}: ${one.title}`, async () => {
      await stage.goTo(`${site.origin}/replay/stage.html`)
      assert.deepEqual(await faultsOf(tab, stage, site, recorder, one), [])
    })
  }
}, { webkit: 'the replay engine is proven there by its own tests; these pages take a minute' })
