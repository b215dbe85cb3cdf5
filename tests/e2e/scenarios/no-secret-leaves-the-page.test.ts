// The page of secrets, recorded at each level: at the default nothing of what is planted is in a recording, at others
// exactly what `tests/fixtures/secrets` lists. `UPDATE_SECRETS=1` writes the lists anew.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'
import { APPLICATION_ID } from '../harness/collector.ts'
import { CHROMIUM_FLAGS } from '../harness/chromium-flags.ts'
import { eventually } from '../harness/eventually.ts'
import { readForm } from '../harness/multipart.ts'
import { findChromium, places } from '../harness/places.ts'
import { plantedPage, type PlantedPage } from '../harness/secrets/planted.ts'
import { listOf } from '../harness/secrets/report.ts'
import { LAST_CHANGE, openPlanted, visit } from '../harness/secrets/visit.ts'
import { Cdn, HostSite } from '../harness/site.ts'
import { Witness } from '../harness/witness.ts'

const LEVELS = ['mask', 'mask-unless-allowlisted', 'mask-user-input', 'allow'] as const
type LevelName = (typeof LEVELS)[number]

const OF_EVENTS = / (?:src|srcset|href|data|poster|background)(?: |$)|^#(?:page|history|img) path$|^class beside a known one$/

interface Places { browser: Browser; site: HostSite; cdn: Cdn; planted: PlantedPage }

/** What left a page, inflated: the bodies of recordings, and all else. */
interface Left { recordings: string; others: string }

/** Everything our SDK sent: paths, headers and bodies, to the last beacon. */
async function sentByUs({ browser, site, cdn, planted }: Places, level: LevelName): Promise<Left> {
  const policy = JSON.stringify({ version: 1, replay: true, lock: false, level: 'mask' })
  const witness = await Witness.start(({ path }) =>
    Promise.resolve({ status: path.startsWith('/v1/p') ? 200 : 202, headers: { 'access-control-allow-origin': '*' }, body: Buffer.from(path.startsWith('/v1/p') ? policy : '') }))
  const options = { applicationId: APPLICATION_ID, endpoint: witness.url, sessionReplaySampleRate: 100, defaultPrivacyLevel: level, replayFrames: true }
  const page = await browser.newPage()
  await openPlanted(page, site, planted, `<script>window.RUM = { q: [['init', ${JSON.stringify(options)}]] }</script><script async crossorigin src="${cdn.origin}/rum.js"></script>`)
  const sent = (): Left => {
    let [recordings, others] = ['', '']
    for (const { method, path, headers, body } of witness.seen) {
      const text = (body[0] === 0x78 ? inflateSync(body) : body).toString()
      const isRecording = path.startsWith('/v1/s')
      if (isRecording) recordings += text
      others += `${method} ${decodeURIComponent(path)} ${JSON.stringify(headers)} ${isRecording ? '' : text}\n`
    }
    return { recordings, others }
  }
  await eventually('the page was recorded', () => assert.notEqual(sent().recordings, ''))
  await visit(page, planted)
  await eventually('the last change was recorded', () => assert.ok(sent().recordings.includes(LAST_CHANGE)))
  const before = witness.posts().length
  await page.goto(`${site.origin}/left.html`)
  await eventually('the end of the visit has been told', () => assert.ok(witness.posts().length > before))
  await page.close()
  await witness.stop()
  return sent()
}

/** Everything the official SDK sent. */
async function sentByDatadog({ browser, site, planted }: Places, level: LevelName): Promise<Left> {
  const witness = await Witness.alone()
  const page = await browser.newPage()
  const options = { applicationId: 'a', clientToken: 'b', proxy: witness.url, service: 'secrets', sessionSampleRate: 100, sessionReplaySampleRate: 100, startSessionReplayRecordingManually: false, defaultPrivacyLevel: level, trackUserInteractions: true, trackResources: true }
  await openPlanted(page, site, planted, `<script src="/vendor/datadog-rum.js"></script><script>DD_RUM.init(${JSON.stringify(options)})</script>`)
  const sent = (): Left => {
    let [recordings, others] = ['', '']
    for (const { path, headers, body } of witness.posts()) {
      const form = (headers['content-type'] ?? '').startsWith('multipart/') ? readForm(body, headers['content-type'] ?? '').parts : []
      for (const part of form) recordings += part.name === 'segment' ? inflateSync(part.body).toString() : part.body.toString()
      others += `${decodeURIComponent(path)} ${JSON.stringify(headers)} ${form.length > 0 ? '' : path.includes('deflate') ? inflateSync(body).toString() : body.toString()}\n`
    }
    return { recordings, others }
  }
  // Its first segment ends after 5 s, or with the page.
  await eventually('the official recorder has sent the page', () => assert.notEqual(sent().recordings, ''))
  await visit(page, planted)
  await eventually('the official recorder has sent the changes', () => assert.ok(sent().recordings.includes(`"${LAST_CHANGE}"`)))
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
  const cdn = new Cdn()
  await cdn.start()
  t.after(() => cdn.stop())
  const planted = await plantedPage()
  const { secrets } = planted
  const all = [...secrets.labels.values()]
  const where: Places = { browser, site, cdn, planted }
  const table = [`secrets that get through, of ${all.length}:`]

  await t.test('the search finds what is there', () => {
    assert.deepEqual(secrets.in(planted.html), all.filter((label) => !label.startsWith('css linked')).sort())
    assert.deepEqual(secrets.in(JSON.stringify([...secrets.labels.keys()]).toUpperCase()), all.toSorted())
  })

  for (const level of LEVELS) {
    await t.test(level, async () => {
      const left = await sentByUs(where, level)
      const [recorded, told] = [secrets.in(left.recordings), secrets.in(left.others)]
      table.push(`rum-wasm ${level}: ${recorded.length} in recordings, ${told.length} in all else`)
      if (level === 'mask') assert.deepEqual(recorded, [])
      await assertListed(level, listOf(recorded, all))
      if (level !== 'mask') return
      // Events are another matter than recordings: they tell origin and path of the page and of what it loads, and
      // plain words among its classes (docs/guides/session-and-privacy.md).
      assert.deepEqual(told.filter((label) => !OF_EVENTS.test(label)), [])
    })
  }

  for (const level of ['mask', 'mask-user-input'] as const) {
    await t.test(`the official SDK at ${level}, to compare`, async () => {
      const left = await sentByDatadog(where, level)
      table.push(`@datadog/browser-rum ${level}: ${secrets.in(left.recordings).length} in recordings, ${secrets.in(left.others).length} in all else`)
    })
  }
  for (const line of table) t.diagnostic(line)
})

async function assertListed(name: string, list: string): Promise<void> {
  const file = join(places.secrets, `${name}.txt`)
  if (process.env['UPDATE_SECRETS']) await writeFile(file, list)
  assert.equal(list, await readFile(file, 'utf8'))
}
