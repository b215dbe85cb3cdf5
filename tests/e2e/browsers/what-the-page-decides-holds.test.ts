// Policy, consent and shutdown: what the page says goes.

import assert from 'node:assert/strict'
import { inEachBrowser, leaveTab, type Place, visit } from '../harness/browsers/each-browser.ts'
import type { Tab } from '../harness/browsers/browser.ts'
import { actionNames } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import { coreRuns } from '../harness/stack.ts'

type Page = typeof globalThis & { violations: string[]; RUM: { init(options: object): void; setTrackingConsent(consent: string): void; addAction(name: string): void; shutdown(): void } }

inEachBrowser('a strict policy is enough', async (place) => {
  const { cdn, collector, datadog, site } = place
  // Two of the browsers ask for the site's icon by themselves.
  const policy = `default-src 'none'; img-src 'self'; script-src 'self' ${cdn.origin} 'wasm-unsafe-eval'; connect-src ${collector.intakeUrl} ${cdn.origin}; require-trusted-types-for 'script'`
  site.pageHeaders.set('/strict.html', { 'content-security-policy': policy })
  const tab = await visit(place, '/strict.html')
  await tab.click('#save')
  assert.deepEqual(await tab.evaluate(() => (globalThis as Page).violations), [])
  await leaveTab(place, tab)
  await eventually('the click arrives', () => assert.deepEqual(actionNames(datadog.events()), ['Save claim']))
})

/** A page with the loader, told by its own script what to do. */
async function loaderPage({ browser, site, cdn }: Place, consent: string): Promise<Tab> {
  const tab = await browser.open(`${site.origin}/left.html`)
  await tab.evaluate(async (src, options) => {
    const script = document.createElement('script')
    script.src = src
    const loaded = new Promise((resolve, reject) => Object.assign(script, { onload: resolve, onerror: reject }))
    document.head.append(script)
    await loaded
    ;(globalThis as Page).RUM.init(options)
  }, `${cdn.origin}/rum.js`, { ...site.context, cdn: undefined, trackingConsent: consent })
  return tab
}

inEachBrowser('without consent nothing is captured, stored, fetched or sent; with it, what comes then is', async (place) => {
  const { cdn, datadog } = place
  const tab = await loaderPage(place, 'not-granted')
  await tab.click('h1')
  await tab.evaluate(() => {
    (globalThis as Page).RUM.addAction('before consent')
    setTimeout(() => { throw new Error('before consent') })
  })
  // Whatever the SDK would start, it would start after a paint and a task.
  await tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => setTimeout(resolve)))))
  assert.deepEqual(await tab.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ''])
  assert.deepEqual(cdn.requests, ['/rum.js'])
  assert.equal(datadog.events().length, 0)

  await tab.evaluate(() => (globalThis as Page).RUM.setTrackingConsent('granted'))
  await coreRuns(tab)
  await tab.evaluate(() => (globalThis as Page).RUM.addAction('after consent'))
  await leaveTab(place, tab)
  await eventually('what came with consent arrives', () => assert.deepEqual(actionNames(datadog.events()), ['after consent']))
  assert.deepEqual(datadog.events('error'), [])
})

inEachBrowser('withdrawn consent erases what was stored and sends nothing more', async (place) => {
  const tab = await loaderPage(place, 'granted')
  await coreRuns(tab)
  await tab.evaluate(() => {
    (globalThis as Page).RUM.addAction('before withdrawal')
    ;(globalThis as Page).RUM.setTrackingConsent('not-granted')
  })
  assert.deepEqual(await tab.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ''])
  await tab.click('h1')
  await leaveTab(place, tab)
  const later = await visit(place, '/claims.html')
  await leaveTab(place, later)
  await eventually('a later visit arrives', () => assert.equal(place.datadog.views().length, 1))
  assert.deepEqual(actionNames(place.datadog.events()), [])
})

inEachBrowser('shutdown sends what there is, and then nothing', async (place) => {
  const { datadog } = place
  const tab = await visit(place, '/claims.html')
  await tab.click('#save')
  await tab.evaluate(() => (globalThis as Page).RUM.shutdown())
  await eventually('the click and the end of the view arrive while the page is still there', () => {
    assert.deepEqual(actionNames(datadog.events()), ['Save claim'])
    assert.deepEqual(datadog.views().map(({ view }) => view['is_active']), [false])
  })
  await tab.click('#save')
  await leaveTab(place, tab)
  const later = await visit(place, '/claims.html')
  await leaveTab(place, later)
  await eventually('a later visit arrives', () => assert.equal(datadog.views().length, 2))
  assert.deepEqual(actionNames(datadog.events()), ['Save claim'])
})
