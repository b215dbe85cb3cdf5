import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import type { Tab } from '../harness/browsers/browser.ts'
import { tabOf } from '../harness/browsers/chromium.ts'
import { startFirefox } from '../harness/browsers/firefox.ts'
import { CHROMIUM_FLAGS } from '../harness/chromium-flags.ts'
import { officialVisit } from '../harness/official-visit.ts'
import { findChromium, findFirefox, reasonIfMissing } from '../harness/places.ts'
import { PlayerSite, type StagePage, type Telling } from '../harness/player-site.ts'
import { richRecording } from '../harness/rich-recording.ts'
import { Teardown } from '../harness/teardown.ts'
import { change, KIND, segment, snapshot } from '../../../viewer/test/segments.ts'

const WHOLE_SESSION_MS = 1e9

interface Place { teardown: Teardown; site: PlayerSite; browser: Browser; player: Tab }

async function start(t: TestContext): Promise<Place> {
  const teardown = new Teardown(t)
  const site = await PlayerSite.start()
  teardown.add(() => site.stop())
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
  teardown.add(() => browser.close())
  const player = tabOf(await browser.newPage())
  await site.open(player)
  teardown.add(async () => assert.deepEqual(await player.evaluate(() => (globalThis as StagePage).stage.told), [], 'what was thrown'))
  return { teardown, site, browser, player }
}

/** Loads a recording; answers how long it is. */
function load(player: Tab, segments: unknown): Promise<number> {
  return player.evaluate((all) => {
    const { stage } = globalThis as StagePage
    stage.load(all)
    return stage.player.durationMs
  }, segments)
}

function shownAt(player: Tab, ms: number, how: Telling): Promise<string> {
  return player.evaluate((at, telling) => (globalThis as StagePage).stage.documentAt(at, telling), ms, how)
}

test('what the official SDK recorded replays to the page it was, and to the same after every seek', async (t) => {
  const place = await start(t)
  const { segments, page } = await officialVisit(place.browser, place.teardown)
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

test('firefox: the same', { skip: reasonIfMissing(findFirefox) }, async (t) => {
  const teardown = new Teardown(t)
  const site = await PlayerSite.start()
  teardown.add(() => site.stop())
  const firefox = await startFirefox(findFirefox())
  teardown.add(() => firefox.stop())
  const player = await firefox.open(`${site.origin}/player.html`)
  await site.open(player)
  const recording = richRecording()
  await seekEqualsPlay(player, recording, await load(player, recording))
  const shown = await shownAt(player, 860, 'whole')
  for (const expected of ['value:"typed"', 'modal:false', 'scroll:0,300', '<b data-rum-player-hover="">in the shadow', '#document(#BackCompat']) assert.ok(shown.includes(expected), `${expected} in ${shown}`)
  const { told, skipped } = await player.evaluate(() => ({ told: (globalThis as StagePage).stage.told, skipped: (globalThis as StagePage).stage.player.stats.skipped }))
  assert.deepEqual({ told, skipped }, { told: [], skipped: 0 })
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

test('animations are where they were at that time of the recording', async (t) => {
  const { player } = await start(t)
  await load(player, animatedRecording())
  // Within the animation, after it, back in it without and with another picture of the page, and after a jump over its beginning.
  const expected = { 750: '25px', 1_000: '50px', 2_000: '7px', 900: '40px', 100: 'none', 1_250: '75px', 3_000: '7px', 600: '10px' }
  const seen: Record<string, string> = {}
  for (const ms of [750, 1_000, 2_000, 900, 100, 1_250, 3_000, 600]) {
    seen[ms] = await player.evaluate((at) => {
      const shown = (globalThis as StagePage).stage.player.documentAt(at)?.querySelector('p')
      return shown ? getComputedStyle(shown).width : 'none'
    }, ms)
  }
  assert.deepEqual(seen, expected)
})

/** A paragraph that comes after 500 ms and grows for 1 s. */
function animatedRecording(): unknown[] {
  const css = '@keyframes grow { from { width: 0 } to { width: 100px } } p { animation: grow 1s linear; width: 7px }'
  return [segment([
    snapshot([[2, 'STYLE'], [1, '#text', css]]),
    change(1_500, [KIND.add, [3, 'P'], [1, '#text', 'grows']]),
    change(4_000, [KIND.text, [8, 'grown']]),
  ])]
}

test("rrweb's own player shows our export of a recording as we show the recording", async (t) => {
  const place = await start(t)
  const { segments } = await officialVisit(place.browser, place.teardown)
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
async function seekEqualsPlay(player: Tab, segments: unknown, durationMs: number): Promise<void> {
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
