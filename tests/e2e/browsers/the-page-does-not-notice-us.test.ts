// Each page takes stock of its world before the SDK is in it (pages/take-stock.js) and is asked later what is different.

import assert from 'node:assert/strict'
import type { Tab } from '../harness/browsers/browser.ts'
import { inEachBrowser, leaveTab, openUnknown, visit } from '../harness/browsers/each-browser.ts'
import { actionNames, errorMessages } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import { coreRuns } from '../harness/stack.ts'

interface Stock {
  changedShapes(): string[]
  replaced(): string[]
  newGlobals(): string[]
  handlers(): string[]
  listeners(): string[]
  observers(): string[]
}
type Page = typeof globalThis & { stock: Stock; seen: string[]; refused: string[]; isBroken: boolean; onerrorSaw?: string; ownCalls: string[]; RUM: { shutdown(): void; addAction(name: string): void } }

/** What the page's own two listeners make of the count. */
const PAGES_OWN_LISTENERS = ['error', 'unhandledrejection']

/** Ours is one; the other is what the page writes down. */
const NEW_GLOBALS = ['RUM', 'seen']

const seenBy = (tab: Tab): Promise<string[]> => tab.evaluate(() => (globalThis as Page).seen)
const shutDown = (tab: Tab): Promise<void> => tab.evaluate(() => (globalThis as Page).RUM.shutdown())

inEachBrowser('a rejected fetch still fires unhandledrejection, an onerror set later is still called', async (place) => {
  const tab = await visit(place, '/untouched.html')
  await tab.evaluate(() => {
    window.onerror = (message) => {
      (globalThis as Page).onerrorSaw = String(message)
      return true
    }
    // A refused connection: nobody handles the promise.
    void fetch('http://127.0.0.1:1/')
    setTimeout(() => { throw new TypeError('thrown by the page') })
  })
  const seen = await eventually('both were seen', async () => {
    const told = await seenBy(tab)
    assert.equal(told.length, 2, told.join('\n'))
    return told
  })
  assert.deepEqual(seen.map((told) => told.split(' ', 1)[0]).toSorted(), ['error', 'rejection'])
  assert.match(await tab.evaluate(() => (globalThis as Page).onerrorSaw ?? ''), /thrown by the page/)
  await leaveTab(place, tab)
  await eventually('both errors arrive', () => {
    const messages = errorMessages(place.datadog.events())
    assert.equal(messages.length, 2, messages.join('\n'))
    assert.ok(messages.includes('thrown by the page'))
  })
})

inEachBrowser('functions keep name, length and text while we run, and are the very originals after shutdown', async (place) => {
  const tab = await visit(place, '/untouched.html')
  const during = await tab.evaluate(() => {
    const { stock } = globalThis as Page
    return { shapes: stock.changedShapes(), globals: stock.newGlobals(), handlers: stock.handlers() }
  })
  assert.deepEqual(during, { shapes: [], globals: NEW_GLOBALS, handlers: [] })
  assert.ok((await tab.evaluate(() => (globalThis as Page).stock.listeners())).length > PAGES_OWN_LISTENERS.length, 'listeners are counted')
  await shutDown(tab)
  const after = await tab.evaluate(() => {
    const { stock } = globalThis as Page
    return { replaced: stock.replaced(), globals: stock.newGlobals(), handlers: stock.handlers(), listeners: stock.listeners(), observers: stock.observers() }
  })
  assert.deepEqual(after, { replaced: [], globals: NEW_GLOBALS, handlers: [], listeners: PAGES_OWN_LISTENERS, observers: [] })
})

inEachBrowser('a careless patch would have been seen', async ({ browser, site }) => {
  const tab = await browser.open(`${site.origin}/untouched.html`)
  const found = await tab.evaluate(() => {
    const { stock } = globalThis as Page
    const { fetch, history } = window
    window.fetch = (...args) => fetch(...args)
    // The original, but now the object's own: taken back like this, a patch stays visible.
    Object.assign(history, { pushState: history.pushState })
    Object.assign(window, { leaked: true, onerror: () => undefined })
    addEventListener('offline', () => undefined, { capture: true })
    // Of these the SDK may have replaced something by now; that it does so carefully, others say.
    const isOurs = (name: string): boolean => /^(?:XMLHttpRequest|console)\b/.test(name)
    return { shapes: stock.changedShapes().map((change) => change.split(' ', 1)[0]), replaced: stock.replaced().filter((name) => !isOurs(name)), leaked: stock.newGlobals().includes('leaked'), handlers: stock.handlers(), heard: stock.listeners().includes('offline') }
  })
  assert.deepEqual(found, { shapes: ['Window.fetch'], replaced: ['Window.fetch', 'History.pushState'], leaked: true, handlers: ['onerror'], heard: true })
})

inEachBrowser('a shutdown before the core is there leaves nothing behind either', async (place) => {
  place.cdn.coreDelay_ms = CORE_DELAY_MS
  const tab = await place.browser.open(`${place.site.origin}/untouched.html`)
  await eventually('the loader runs', async () => assert.ok(await tab.evaluate(() => 'shutdown' in (globalThis as Page).RUM)))
  await shutDown(tab)
  const left = await tab.evaluate(() => {
    const { stock } = globalThis as Page
    return { replaced: stock.replaced(), stored: [localStorage.length, document.cookie] }
  })
  assert.deepEqual(left, { replaced: [], stored: [0, ''] })
  await eventually('what waited for the first paint or the load has gone with it', async () => {
    const alive = await tab.evaluate(() => [(globalThis as Page).stock.listeners(), (globalThis as Page).stock.observers()])
    assert.deepEqual(alive, [PAGES_OWN_LISTENERS, []])
  })
})

inEachBrowser('what the page patches over us stays and works when we go, and tells us nothing any more', async (place) => {
  const tab = await visit(place, '/untouched.html')
  await tab.evaluate(() => {
    const page = globalThis as Page
    page.ownCalls = []
    const own = <Place extends object>(place: Place, name: keyof Place): void => {
      const inner = place[name] as (...args: unknown[]) => unknown
      place[name] = function (this: unknown, ...args: unknown[]) {
        page.ownCalls.push(String(name))
        return inner.apply(this, args)
      } as Place[keyof Place]
    }
    own(window, 'fetch')
    own(XMLHttpRequest.prototype, 'open')
    own(XMLHttpRequest.prototype, 'send')
    own(history, 'pushState')
    own(console, 'error')
  })
  await shutDown(tab)
  await eventually('the visit is told', () => assert.deepEqual(place.datadog.views().map(({ view }) => view['is_active']), [false]))
  const ofThePage = (): number => place.datadog.events().filter(({ view }) => view.url.endsWith('/untouched.html')).length
  const told = ofThePage()
  const done = await tab.evaluate(async () => {
    const page = globalThis as Page
    page.ownCalls = []
    console.error('said by the page')
    history.pushState(null, '', '/claims/1')
    const fetched = await (await fetch('/left.html')).text()
    const request = new XMLHttpRequest()
    const loaded = new Promise((resolve) => { request.onload = resolve })
    request.open('GET', '/left.html')
    request.send()
    await loaded
    return { calls: page.ownCalls, sameText: request.responseText === fetched, status: request.status, path: location.pathname }
  })
  assert.deepEqual(done, { calls: ['error', 'pushState', 'fetch', 'open', 'send'], sameText: true, status: 200, path: '/claims/1' })
  await tab.click('#save')
  assert.deepEqual(await seenBy(tab), [])
  await leaveTab(place, tab)
  // A later visit arriving means that an earlier one would have.
  const later = await visit(place, '/claims.html')
  await leaveTab(place, later)
  await eventually('the later visit is told', () => assert.equal(place.datadog.views().length, 2))
  assert.equal(ofThePage(), told, 'something was told after shutdown')
})

inEachBrowser('a fetch of the page that throws at once breaks neither the page nor us', async (place) => {
  const tab = await visit(place, '/own-fetch.html')
  await tab.click('#save')
  await tab.evaluate(() => { for (let count = 0; count < 200; count += 1) (globalThis as Page).RUM.addAction(`many ${'x'.repeat(100)}`) })
  await eventually('a post was refused', async () => assert.ok(await tab.evaluate(() => (globalThis as Page).refused.length > 0)))
  assert.equal(await tab.evaluate(() => { try { void fetch('/left.html', { method: 'POST' }) } catch (fault) { return String(fault) } return 'nothing thrown' }), 'TypeError: no fetch today')
  assert.deepEqual(await seenBy(tab), [])
  await tab.evaluate(() => { (globalThis as Page).isBroken = false })
  await leaveTab(place, tab)
  await eventually('the click arrives all the same', () => assert.ok(actionNames(place.datadog.events()).includes('Save claim')))
})

inEachBrowser('an XMLHttpRequest used again inside onload answers twice', async (place) => {
  const tab = await visit(place, '/untouched.html')
  const answers = await tab.evaluate(() => new Promise<[string, number, boolean][]>((resolve) => {
    const answers: [string, number, boolean][] = []
    const request = new XMLHttpRequest()
    const ask = (path: string): void => {
      request.open('GET', path)
      request.send()
    }
    request.onload = () => {
      answers.push([new URL(request.responseURL).pathname, request.status, request.responseText.includes('Elsewhere')])
      if (answers.length === 1) ask('/not-there.html')
      else resolve(answers)
    }
    ask('/left.html')
  }))
  assert.deepEqual(answers, [['/left.html', 200, true], ['/not-there.html', 404, false]])
  assert.deepEqual(await seenBy(tab), [])
})

/** zone.js, Angular's, patches everything asynchronous; a lazily loaded part of a page brings it after us. */
const useEverything = (tab: Tab): Promise<{ status: number[]; zones: boolean }> => tab.evaluate(async () => {
  const fetched = await fetch('/left.html')
  const request = new XMLHttpRequest()
  await new Promise((resolve) => {
    request.addEventListener('load', resolve)
    request.open('GET', '/left.html')
    request.send()
  })
  history.pushState(null, '', '/claims/1')
  return { status: [fetched.status, request.status], zones: 'Zone' in window }
})

for (const [where, first, zones] of [
  ['beside zone.js that came before us', '/vendor/zone.js', true],
  ['with natives as Prototype.js and MooTools leave them', '/replay/old-natives.js', false],
] as const) {
  inEachBrowser(`${where} everything works and arrives`, async (place) => {
    const tab = await visit(place, `/beside.html?first=${first}`)
    assert.deepEqual(await useEverything(tab), { status: [200, 200], zones })
    await tab.click('#save')
    assert.deepEqual(await seenBy(tab), [])
    await leaveTab(place, tab)
    await eventually('the click arrives', () => assert.deepEqual(actionNames(place.datadog.events()), ['Save claim']))
  })
}

inEachBrowser('beside zone.js that came after us everything works, arrives, and stays when we go', async (place) => {
  const tab = await openUnknown(place)
  await tab.goTo(`${place.site.origin}/untouched.html`)
  await coreRuns(tab)
  await tab.evaluate(() => new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = '/vendor/zone.js'
    script.onload = resolve
    script.onerror = reject
    document.head.append(script)
  }))
  assert.deepEqual(await useEverything(tab), { status: [200, 200], zones: true })
  await tab.click('#save')
  await shutDown(tab)
  assert.deepEqual(await useEverything(tab), { status: [200, 200], zones: true })
  assert.deepEqual(await seenBy(tab), [])
  await eventually('the click arrives', () => assert.deepEqual(actionNames(place.datadog.events()), ['Save claim']))
})

/** Long enough to come before the core on a busy machine. */
const CORE_DELAY_MS = 2_000
