// The page of secrets, recorded at each level: at the default nothing of what is planted is told, at others exactly what
// `tests/fixtures/secrets` lists. `UPDATE_SECRETS=1` writes the lists anew.

import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'
import { CHROMIUM_FLAGS } from '../harness/chromium-flags.ts'
import { eventually } from '../harness/eventually.ts'
import { readForm } from '../harness/multipart.ts'
import { findChromium, places } from '../harness/places.ts'
import { scriptOf } from '../harness/secrets/bundle.ts'
import { plantedPage, type PlantedPage } from '../harness/secrets/planted.ts'
import { listOf } from '../harness/secrets/report.ts'
import { LAST_CHANGE, openPlanted, visit } from '../harness/secrets/visit.ts'
import { HostSite } from '../harness/site.ts'
import { Witness } from '../harness/witness.ts'

const LEVELS = ['mask', 'mask-unless-allowlisted', 'mask-user-input', 'allow'] as const
type LevelName = (typeof LEVELS)[number]

interface TapWindow { record(level: LevelName, policy: object): void; messages: string[] }

/** Everything the recorder told its engine, texts decoded. */
async function toldByUs(browser: Browser, site: HostSite, planted: PlantedPage, level: LevelName): Promise<string> {
  const page = await browser.newPage()
  await openPlanted(page, site, planted)
  await page.addScriptTag({ content: await scriptOf('tap-in-page.ts') })
  await page.evaluate((name) => (window as unknown as TapWindow).record(name, { version: 1, replay: true, lock: false, level: 'mask' }), level)
  const messages = (): Promise<string[]> => page.evaluate(() => (window as unknown as TapWindow).messages)
  await eventually('the page is walked', async () => assert.ok((await messages()).includes('walked')))
  await visit(page, planted)
  await eventually('the last change is told', async () => assert.ok((await messages()).some((text) => text.split('\0').includes(LAST_CHANGE))))
  const told = (await messages()).join('\n')
  await page.close()
  return told
}

/** Everything the official SDK sent, inflated: requests as they came, and the segments of its recorder by themselves. */
async function sentByDatadog(browser: Browser, site: HostSite, planted: PlantedPage, level: LevelName): Promise<{ segments: string; all: string }> {
  const witness = await Witness.alone()
  const page = await browser.newPage()
  const options = { applicationId: 'a', clientToken: 'b', proxy: witness.url, service: 'secrets', sessionSampleRate: 100, sessionReplaySampleRate: 100, startSessionReplayRecordingManually: false, defaultPrivacyLevel: level, trackUserInteractions: true, trackResources: true }
  await openPlanted(page, site, planted, `<script src="/vendor/datadog-rum.js"></script><script>DD_RUM.init(${JSON.stringify(options)})</script>`)
  const sent = (): { segments: string; all: string } => {
    let [segments, all] = ['', '']
    for (const { path, headers, body } of witness.posts()) {
      const form = (headers['content-type'] ?? '').startsWith('multipart/') ? readForm(body, headers['content-type'] ?? '').parts : []
      for (const part of form) segments += part.name === 'segment' ? inflateSync(part.body).toString() : part.body.toString()
      all += `${decodeURIComponent(path)} ${JSON.stringify(headers)} ${form.length > 0 ? '' : path.includes('deflate') ? inflateSync(body).toString() : body.toString()}\n`
    }
    return { segments, all: all + segments }
  }
  // Its first segment ends after 5 s, or with the page.
  await eventually('the official recorder has sent the page', () => assert.ok(sent().segments !== ''))
  await visit(page, planted)
  await eventually('the official recorder has sent the changes', () => assert.ok(sent().segments.includes(`"${LAST_CHANGE}"`)))
  await page.close()
  await witness.stop()
  return sent()
}

test('no secret leaves the page', async (t) => {
  const site = new HostSite()
  await site.start()
  t.after(() => site.stop())
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
  t.after(() => browser.close())
  const planted = await plantedPage()
  const { secrets } = planted
  const all = [...secrets.labels.values()]
  const table = [`secrets that get through, of ${all.length}:`]

  await t.test('the search finds what is there', () => {
    assert.deepEqual(secrets.in(planted.html), all.filter((label) => !label.startsWith('css linked')).sort())
    assert.deepEqual(secrets.in(JSON.stringify([...secrets.labels.keys()]).toUpperCase()), all.toSorted())
  })

  for (const level of LEVELS) {
    await t.test(level, async () => {
      const leaked = secrets.in(await toldByUs(browser, site, planted, level))
      table.push(`rum-wasm ${level}: ${leaked.length}`)
      const file = join(places.secrets, `${level}.txt`)
      const list = listOf(leaked, all)
      if (process.env['UPDATE_SECRETS']) {
        await mkdir(places.secrets, { recursive: true })
        await writeFile(file, list)
      }
      assert.equal(list, await readFile(file, 'utf8'))
      if (level === 'mask') assert.deepEqual(leaked, [])
    })
  }

  for (const level of LEVELS) {
    await t.test(`the official SDK at ${level}, to compare`, async () => {
      const sent = await sentByDatadog(browser, site, planted, level)
      table.push(`@datadog/browser-rum ${level}: ${secrets.in(sent.segments).length} in replay, ${secrets.in(sent.all).length} in all`)
    })
  }
  t.diagnostic(table.join('\n'))
})
