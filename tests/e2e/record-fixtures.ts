// Records what the official SDK really sends, for tests that run without a browser: `npm run fixtures` in `tests`.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS } from './harness/chromium-flags.ts'
import { APPLICATION_ID, PUBLIC_TOKEN } from './harness/collector.ts'
import { eventually, pause } from './harness/eventually.ts'
import { readForm } from './harness/multipart.ts'
import { forwarded } from './harness/official-sdk.ts'
import { click, openPharmacy } from './harness/pharmacy.ts'
import { findChromium, places } from './harness/places.ts'
import { HostSite } from './harness/site.ts'
import { type Seen, Witness } from './harness/witness.ts'

/** Enough rows for a snapshot as large as a small real page's. */
const ROWS = 120
/** Replay gathers mutations for at most 100 ms; each change is then a record of its own. */
const BETWEEN_CLICKS_MS = 150

const site = new HostSite()
await site.start()
const witness = await Witness.alone()
site.context = { cdn: '', endpoint: `${witness.url}/shop`, applicationId: APPLICATION_ID, clientToken: PUBLIC_TOKEN }
const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
try {
  const page = await openPharmacy({ browser, site }, { proxy: 'function', rows: ROWS })
  for (const button of ['save', 'log', 'change', 'throw', 'change', 'log', 'change'] as const) {
    await click(page, button)
    await pause(BETWEEN_CLICKS_MS)
  }
  await page.fill('#note', 'please call before noon')
  const ofTrack = (track: string): Seen[] => witness.seen.filter((post) => forwarded(post).pathname === `/api/v2/${track}`)
  await eventually('the first segment is sent', () => { if (ofTrack('replay').length === 0) throw new Error('none yet') })
  await page.goto(`${site.origin}/left.html`)
  await eventually('logs are sent', () => { if (ofTrack('logs').length === 0) throw new Error('none yet') })

  await mkdir(places.datadogBodies, { recursive: true })
  const save = (name: string, body: Buffer | string): Promise<void> => writeFile(join(places.datadogBodies, name), body)
  const [replay, logs] = [ofTrack('replay')[0] as Seen, ofTrack('logs')[0] as Seen]
  const contentType = replay.headers['content-type'] ?? ''
  await save('replay-multipart.bin', replay.body)
  await save('replay-multipart.txt', contentType)
  await save('replay-segment.json', inflateSync(readForm(replay.body, contentType).parts.find(({ name }) => name === 'segment')?.body ?? ''))
  await save('logs.ndjson', logs.body)
} finally {
  await browser.close()
  await witness.stop()
  await site.stop()
}
