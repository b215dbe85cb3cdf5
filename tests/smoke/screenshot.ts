// Takes the pictures of README: the demo, the data page after a visit, and the visit's replay.
//
//   npm run screenshot -- --demo http://127.0.0.1:5173 --viewer http://127.0.0.1:8081 --out ../docs/images

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS } from '../e2e/harness/chromium-flags.ts'
import { eventually } from '../e2e/harness/eventually.ts'
import { findChromium } from '../e2e/harness/places.ts'
import { fetchViews } from '../e2e/harness/viewer.ts'
import { openDemo, visitDemo } from './visit-demo.ts'
import { findMissing, ownViews } from './what-arrived.ts'

const { values } = parseArgs({ options: { demo: { type: 'string' }, viewer: { type: 'string' }, out: { type: 'string' } } })
const { demo, viewer, out } = values
if (demo === undefined || viewer === undefined || out === undefined) {
  console.error('usage: npm run screenshot -- --demo URL --viewer URL --out DIR')
  process.exit(2)
}

await mkdir(out, { recursive: true })
const started_ms = Date.now()
const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
try {
  const shop = await openDemo(browser, demo)
  await shop.screenshot({ path: join(out, 'demo.png') })
  await visitDemo(shop)
  const sessionId = await shop.evaluate(() => localStorage.getItem('rum_session') ?? '')
  await shop.close()
  await eventually('the visit is in the store', async () => {
    const missing = findMissing(ownViews(await fetchViews(viewer), demo, started_ms))
    if (missing.length > 0) throw new Error(missing.join('; '))
  })
  const data = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await data.goto(viewer)
  await data.getByText('CLM-10482').first().waitFor()
  await data.screenshot({ path: join(out, 'data.png') })
  // The store has the session's id with dashes.
  const id = sessionId.split('.')[0]!.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  await eventually('the replay is in the store', async () => {
    const { segments } = (await (await fetch(`${viewer}/api/replays/${id}`)).json()) as { segments: unknown[] }
    if (segments.length < 3) throw new Error(`${segments.length} segments`)
  })
  await data.goto(`${viewer}/replays#${id}`)
  await data.getByText('Open claim').first().click()
  await data.getByText('Recalculate').first().waitFor()
  await data.screenshot({ path: join(out, 'replay.png') })
} finally {
  await browser.close()
}
