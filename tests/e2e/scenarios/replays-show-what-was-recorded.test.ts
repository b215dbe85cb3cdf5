import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { tabOf } from '../harness/browsers/chromium.ts'
import { CHROMIUM_FLAGS } from '../harness/chromium-flags.ts'
import { APPLICATION_ID, PUBLIC_TOKEN } from '../harness/collector.ts'
import { eventually } from '../harness/eventually.ts'
import { readSent } from '../harness/official-sdk.ts'
import { click, openPharmacy } from '../harness/pharmacy.ts'
import { findChromium, places } from '../harness/places.ts'
import { PlayerSite, type StagePage, type Telling } from '../harness/player-site.ts'
import { richRecording } from '../harness/rich-recording.ts'
import { HostSite } from '../harness/site.ts'
import { Teardown } from '../harness/teardown.ts'
import { Witness } from '../harness/witness.ts'

const DESCRIBE = readFileSync(join(places.pages, 'describe.js'), 'utf8')
const WHOLE_SESSION_MS = 1e9

interface Place { teardown: Teardown; site: PlayerSite; browser: Browser; player: Page }

async function start(t: TestContext): Promise<Place> {
  const teardown = new Teardown(t)
  const site = await PlayerSite.start()
  teardown.add(() => site.stop())
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
  teardown.add(() => browser.close())
  const player = await browser.newPage()
  await site.open(tabOf(player))
  teardown.add(async () => assert.deepEqual(await player.evaluate(() => (globalThis as StagePage).stage.told), [], 'what was thrown'))
  return { teardown, site, browser, player }
}

/** Loads a recording; answers how long it is. */
function load(player: Page, segments: unknown): Promise<number> {
  return player.evaluate((all) => {
    const { stage } = globalThis as StagePage
    stage.load(all)
    return stage.player.durationMs
  }, segments)
}

function shownAt(player: Page, ms: number, how: Telling): Promise<string> {
  return player.evaluate(([at, telling]) => (globalThis as StagePage).stage.documentAt(at, telling), [ms, how] as const)
}

/** A visit recorded by the official SDK: its segments, and the page as it was at the end. */
async function officialVisit({ browser, teardown }: Place): Promise<{ segments: unknown[]; page: string }> {
  const [site, witness] = [new HostSite(), await Witness.alone()]
  await site.start()
  teardown.add(() => site.stop())
  teardown.add(() => witness.stop())
  site.context = { cdn: site.origin, endpoint: witness.url, applicationId: APPLICATION_ID, clientToken: PUBLIC_TOKEN }
  const visitor = await openPharmacy({ browser, site }, { proxy: 'string', compress: true, rows: 30 })
  await click(visitor, 'change', 'save')
  await visitor.locator('#prescription').pressSequentially('RX 7')
  await visitor.locator('#note').fill('after meals')
  await visitor.locator('#generic').check()
  // By a key: the official SDK does not record what a script makes up.
  await visitor.locator('#branch').press('ArrowDown')
  await click(visitor, 'change')
  await visitor.evaluate(() => {
    const host = document.querySelector('main')!.appendChild(document.createElement('x-note'))
    host.attachShadow({ mode: 'open' }).innerHTML = '<b>in the shadow</b>'
    document.querySelector('main')!.insertAdjacentHTML('beforeend', '<svg viewBox="0 0 4 4"><linearGradient id="g"></linearGradient><rect fill="url(#g)" width="4"/></svg>')
    document.querySelector('tbody')!.append(document.querySelector('tbody tr')!)
  })
  await visitor.evaluate(DESCRIBE)
  const page = await visitor.evaluate(() => (globalThis as StagePage).describe(document, 'comparable'))
  const segments = (): unknown[] => readSent(witness.posts()).segments
  await visitor.goto(`${site.origin}/left.html`)
  await eventually('the end of the visit has come', () => assert.match(JSON.stringify(segments()), /in the shadow/))
  return { segments: segments(), page }
}

test('what the official SDK recorded replays to the page it was, and to the same after every seek', async (t) => {
  const place = await start(t)
  const { segments, page } = await officialVisit(place)
  const durationMs = await load(place.player, segments)
  const shown = await shownAt(place.player, WHOLE_SESSION_MS, 'comparable')
  assert.equal(lined(shown), lined(page))
  await seekEqualsPlay(place.player, segments, durationMs)
})

test('a recording with every kind of change shows the same after playing up to a time as after going there', async (t) => {
  const { player } = await start(t)
  const recording = richRecording()
  const durationMs = await load(player, recording)
  await seekEqualsPlay(player, recording, durationMs)
  const stats = await player.evaluate(() => (globalThis as StagePage).stage.player.stats)
  assert.equal(stats.skipped, 0)
})

test('each kind of change is seen', async (t) => {
  const { player } = await start(t)
  await load(player, richRecording())
  const at = (ms: number): Promise<string> => shownAt(player, ms, 'whole')
  assert.match(await at(0), /#CSS1Compat<!DOCTYPE html>.*<input .*value:"first"/)
  assert.match(await at(100), /value:"typed".*<input type="checkbox" value:"on" checked:true/)
  assert.match(await at(200), /type="checkbox" value:"on" checked:false indeterminate:true.*<option value="a" selected:false>.*<option value="b" selected:true>/)
  assert.match(await at(400), /rules:\["@media not all \{[\s\\n]*\}","p \{ margin: 0px; \}"/)
  assert.match(await at(500), /id="scroller"[^>]*scroll:0,120/)
  assert.match(await at(550), /<html [^>]*scroll:0,300/)
  assert.match(await at(600), /<x-card data-rum-player-hover=""[^>]*>#shadow\(#adopted\(\["b \{ font-weight: 900; \}"\]\)<b data-rum-player-hover="">/)
  assert.match(await at(650), /data-rum-player-focus=""[^>]*name="insertBefore"/)
  assert.match(await at(700), /<dialog [^>]*modal:true>/)
  assert.match(await at(750), /popover="auto" popover:true/)
  assert.match(await at(800), /<dialog modal:false>.*popover:false/)
  assert.match(await at(850), /data-rum-player-fullscreen="" id="scroller"/)
  assert.match(await at(860), /<rect data-rum-player-size=""/)
  assert.match(await at(850), /<x-card[^>]*defined:false/)
  assert.match(await at(900), /<x-card[^>]*defined:true/)
  assert.equal(await player.evaluate(() => (globalThis as StagePage).stage.player.documentAt(960)?.getSelection()?.toString()), 'text')
  assert.match(await at(1_000), /<b class="new">deep<\/b>/)
  assert.match(await at(1_060), /#document\(#BackCompat<html><body>framed anew/)
  assert.match(await at(1_100), /<video controls="" data-rum-player-plays="true" data-rum-player-rate="2"/)
  assert.match(await at(1_150), /#shadow\(#adopted\(\["p \{ color: purple; \}"\],\["b \{ font-weight: 900; \}"\]\)/)
  assert.doesNotMatch(await at(1_200), /<iframe/)
})

test("rrweb's own player shows our export of a recording as we show the recording", async (t) => {
  const place = await start(t)
  const { segments } = await officialVisit(place)
  const rrweb = await place.browser.newPage()
  await rrweb.goto(`${place.site.origin}/rrweb.html`)
  // Some states that we show have no event there, so of the recording that has them all the structure is compared.
  for (const [recording, how] of [[segments, 'comparable'], [richRecording(), 'structure']] as const) {
    await load(place.player, recording)
    const ours = await shownAt(place.player, WHOLE_SESSION_MS, how)
    const events = await place.player.evaluate(() => (globalThis as StagePage).stage.player.exportRrweb())
    const theirs = await rrweb.evaluate(replayWithRrweb, [events as unknown[], how] as const)
    assert.equal(lined(theirs), lined(ours))
  }
})

/** Runs in the page. */
async function replayWithRrweb([events, how]: readonly [unknown[], Telling]): Promise<string> {
  type Replayer = { iframe: HTMLIFrameElement; pause(ms: number): void; getMetaData(): { totalTime: number }; destroy(): void }
  const { rrweb, describe } = globalThis as unknown as { rrweb: { Replayer: new (events: unknown[], options: object) => Replayer }; describe(document: Document, how: Telling): string }
  const replayer = new rrweb.Replayer(events, { root: document.getElementById('stage'), insertStyleRules: [], mouseTail: false, showWarning: false, useVirtualDom: false })
  replayer.pause(replayer.getMetaData().totalTime + 1)
  const told = describe(replayer.iframe.contentDocument as Document, how)
  replayer.destroy()
  return told
}

/** Goes to many times forth, back and at random, and compares with what playing in small steps shows there. */
async function seekEqualsPlay(player: Page, segments: unknown, durationMs: number): Promise<void> {
  const times = [...Array(24).keys()].map((step) => Math.round((durationMs * step) / 23))
  const played = new Map<number, string>()
  await load(player, segments)
  for (const ms of times) played.set(ms, await shownAt(player, ms, 'whole'))
  // A stride that meets every time once, out of order.
  const jumps = times.map((_, step) => times[(step * 7) % times.length] as number)
  for (const ms of [...times.toReversed(), ...jumps]) assert.equal(lined(await shownAt(player, ms, 'whole')), lined(played.get(ms) as string), `at ${ms} ms`)
}

/** One element a line: a difference is then seen. */
function lined(text: string): string {
  return text.replaceAll('<', '\n<')
}
