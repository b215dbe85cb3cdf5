// Visits the demo in a real browser, waits for the store, prints what arrived; exits with 1 and the reason if
// anything is missing.
//
//   npm run smoke -- --demo http://127.0.0.1:5173 --viewer http://127.0.0.1:8081

import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS } from '../e2e/harness/chromium-flags.ts'
import { pause } from '../e2e/harness/eventually.ts'
import { findChromium } from '../e2e/harness/places.ts'
import { fetchViews } from '../e2e/harness/viewer.ts'
import { openDemo, visitDemo } from './visit-demo.ts'
import { findMissing, ownViews, tableOf } from './what-arrived.ts'

/** Far more than delivery takes; a visit that has not arrived by then is lost. */
const ARRIVAL_WITHIN_MS = 45_000
const LOOK_AGAIN_AFTER_MS = 250

const { values } = parseArgs({ options: { demo: { type: 'string' }, viewer: { type: 'string' } } })
if (values.demo === undefined || values.viewer === undefined) {
  console.error('usage: npm run smoke -- --demo URL --viewer URL')
  process.exit(2)
}

try {
  process.exitCode = (await smoke(values.demo, values.viewer)) ? 0 : 1
} catch (error) {
  console.error(`smoke: failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

async function smoke(demoUrl: string, viewerUrl: string): Promise<boolean> {
  const started_ms = Date.now()
  const left_ms = await visitAndLeave(demoUrl)
  console.log(`smoke: visited ${demoUrl} for ${((left_ms - started_ms) / 1000).toFixed(1)} s, waiting for the store`)
  for (;;) {
    const views = ownViews(await fetchViews(viewerUrl), demoUrl, started_ms)
    const missing = findMissing(views)
    const isOver = missing.length === 0 || Date.now() - left_ms > ARRIVAL_WITHIN_MS
    if (!isOver) {
      await pause(LOOK_AGAIN_AFTER_MS)
      continue
    }
    console.log(`\n${tableOf(views)}\n`)
    for (const sentence of missing) console.error(`smoke: missing: ${sentence}`)
    console.log(missing.length === 0 ? `smoke: everything arrived within ${((Date.now() - left_ms) / 1000).toFixed(1)} s of leaving` : `smoke: failed: ${missing.length} missing`)
    return missing.length === 0
  }
}

/** Answers when the visitor left. */
async function visitAndLeave(demoUrl: string): Promise<number> {
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
  try {
    const page = await openDemo(browser, demoUrl)
    await visitDemo(page)
    // Leaving is closing the tab: what is still waiting must leave with it.
    const left_ms = Date.now()
    await page.close()
    // The tab is gone, its last request may still be on its way; ending the browser at once would cut it.
    await pause(LOOK_AGAIN_AFTER_MS)
    return left_ms
  } finally {
    await browser.close()
  }
}
