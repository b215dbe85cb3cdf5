// Recordings come from strangers. Each of a corpus of hostile ones is played to its end and back; then nothing of it ran, no
// request left, and nothing was thrown. Chromium also says what it asked for, whoever answers; Firefox is believed by the
// server that nobody must ask.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { chromium } from 'playwright-core'
import type { Tab } from '../harness/browsers/browser.ts'
import { startFirefox } from '../harness/browsers/firefox.ts'
import { CHROMIUM_FLAGS } from '../harness/chromium-flags.ts'
import { hostileRecordings } from '../harness/hostile-segments.ts'
import { findChromium, findFirefox, reasonIfMissing } from '../harness/places.ts'
import { PlayerSite, type StagePage } from '../harness/player-site.ts'
import { Teardown } from '../harness/teardown.ts'
import { tabOf } from '../harness/browsers/chromium.ts'

/** What the site serves for the player itself. */
const OWN = new Set(['/player.html', '/describe.js', '/player-driver.js', '/player.js'])

test('chromium: no hostile recording runs, fetches or throws', async (t) => {
  const { teardown, site } = await start(t)
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
  teardown.add(() => browser.close())
  const page = await browser.newPage()
  const asked: string[] = []
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  network.on('Network.requestWillBeSent', ({ request: { url } }) => {
    if (!url.startsWith('data:')) asked.push(url)
  })
  await playAll(site, tabOf(page), t)
  const strange = asked.filter((url) => !url.startsWith(`${site.origin}/`) || !OWN.has(new URL(url).pathname))
  assert.deepEqual(strange, [], 'what the browser asked for')
  assert.ok(asked.length >= OWN.size, 'the network was watched')
})

test('firefox: no hostile recording runs, fetches or throws', { skip: reasonIfMissing(findFirefox) }, async (t) => {
  const { teardown, site } = await start(t)
  const firefox = await startFirefox(findFirefox())
  teardown.add(() => firefox.stop())
  await playAll(site, await firefox.open(`${site.origin}/player.html`), t)
})

/** The test would not see a request if the canary did not hear of one. */
test('a page without the player does ask the canary', async (t) => {
  const { teardown, site } = await start(t)
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
  teardown.add(() => browser.close())
  const page = await browser.newPage()
  await page.setContent(`<img src="${site.canaryOrigin}/img"><style>body{background:url(${site.canaryOrigin}/css)}</style>`, { waitUntil: 'networkidle' })
  assert.deepEqual([...site.fetched].sort(), ['GET /css', 'GET /img'])
})

async function start(t: TestContext): Promise<{ teardown: Teardown; site: PlayerSite }> {
  const teardown = new Teardown(t)
  const site = await PlayerSite.start()
  teardown.add(() => site.stop())
  return { teardown, site }
}

async function playAll(site: PlayerSite, tab: Tab, t: TestContext): Promise<void> {
  await site.open(tab)
  for (const [name, segments] of hostileRecordings(site.canaryOrigin)) {
    await t.test(name, async () => {
      const found = await tab.evaluate(playToTheEndAndBack, segments)
      assert.deepEqual(found.told, [], 'what was thrown')
      assert.equal(found.ran, null, 'a script ran')
      assert.deepEqual(found.sandboxes.filter((sandbox) => sandbox !== 'allow-same-origin'), [], 'sandboxes')
      assert.deepEqual(found.hostile, [], 'what has no place in a frame')
      assert.equal(found.location, `${site.origin}/player.html`)
      if (name.startsWith('names that stand in')) assert.match(found.text, /still here/)
    })
  }
  assert.deepEqual(site.fetched, [])
  assert.deepEqual(site.strayed.filter((path) => path !== 'GET /favicon.ico'), [])
}

/** Runs in the page. */
async function playToTheEndAndBack(segments: unknown): Promise<{ told: string[]; ran: string[] | null; sandboxes: string[]; hostile: string[]; location: string; text: string }> {
  const page = globalThis as StagePage
  const { stage } = page
  stage.told.length = 0
  stage.load(segments)
  const { durationMs } = stage.player
  for (const ms of [0, durationMs, durationMs / 2, Number.NaN, durationMs, -1, durationMs]) stage.safely(() => stage.player.seek(ms))
  stage.safely(() => stage.player.play())
  // What would load or run does so in the frames that follow.
  for (let frame = 0; frame < 3; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve))
  stage.safely(() => stage.player.pause())
  stage.safely(() => stage.player.exportRrweb())
  const frames: (HTMLIFrameElement | HTMLFrameElement)[] = [...document.querySelectorAll('iframe')]
  const seen: Document[] = []
  for (let at = 0; at < frames.length; at += 1) {
    const inner = (frames[at] as HTMLIFrameElement).contentDocument
    if (!inner) continue
    seen.push(inner)
    frames.push(...(Document.prototype.querySelectorAll.call(inner, 'iframe, frame') as NodeListOf<HTMLIFrameElement | HTMLFrameElement>))
  }
  // A form can stand in for what is asked of it.
  const attributesOf = (element: Element): Attr[] => Element.prototype.getAttributeNames.call(element).map((name) => Element.prototype.getAttributeNode.call(element, name)).filter((attribute) => attribute !== null)
  const elementsOf = (inner: Document): Element[] => [...Document.prototype.querySelectorAll.call(inner, '*')]
  const hostile = seen.flatMap((inner) => elementsOf(inner).flatMap((element) => {
    const bad = attributesOf(element).filter(({ name, value }) => /^on/i.test(name) || (/^(src|srcset|action|formaction|poster|data|background|srcdoc|ping)$/.test(name) && !/^data:image/.test(value)) || (/(^|:)href$/.test(name) && !/^(#|data:image)/.test(value)))
    const isOwn = Element.prototype.hasAttribute.call(element, 'data-rum-player-own')
    const isBad = !isOwn && /^(.*:)?(script|noscript|object|embed|applet|base|meta|portal)$/i.test(element.localName)
    return [...(isBad ? [element.localName] : []), ...bad.map(({ name, value }) => `${element.localName} ${name}=${value.slice(0, 80)}`)]
  }))
  return {
    told: [...stage.told],
    ran: page.ran ?? null,
    // A frame of a frameset is in the sandbox around it.
    sandboxes: frames.filter(({ localName }) => localName === 'iframe').map((frame) => String(frame.getAttribute('sandbox'))),
    hostile,
    location: location.href,
    text: elementsOf(seen[0] as Document).find(({ id }) => id === 'still-here')?.textContent ?? '',
  }
}
