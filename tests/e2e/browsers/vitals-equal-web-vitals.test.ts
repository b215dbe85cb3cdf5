// What a browser can measure it tells as web-vitals does in the same page run; what it cannot is absent, not zero.

import assert from 'node:assert/strict'
import { inEachBrowser, leaveTab, type Place, visit } from '../harness/browsers/each-browser.ts'
import type { Tab } from '../harness/browsers/browser.ts'
import { eventually } from '../harness/eventually.ts'
import { assertEqualVitals, parseReference, type Vitals, vitalsOf } from '../harness/vitals.ts'
import type { VitalName } from '../harness/viewer.ts'

/** What a page with an interaction can tell, by what the browser observes; FCP and TTFB every one. */
const NEEDS: Readonly<Record<VitalName, string>> = { fcp_ms: 'paint', ttfb_ms: 'navigation', lcp_ms: 'largest-contentful-paint', cls: 'layout-shift', inp_ms: 'event' }

const supported = (tab: Tab): Promise<VitalName[]> =>
  tab.evaluate((needs) => Object.entries(needs).filter(([, type]) => PerformanceObserver.supportedEntryTypes.includes(type)).map(([name]) => name), NEEDS) as Promise<VitalName[]>

async function measure(place: Place, path: string, drive: (tab: Tab) => Promise<void>): Promise<{ ours: Vitals; reference: Vitals; possible: VitalName[] }> {
  const tab = await visit(place, path)
  await eventually('the page has settled', async () => assert.equal(await tab.evaluate(() => document.documentElement.dataset['settled']), 'yes'))
  const possible = await supported(tab)
  await drive(tab)
  await entriesAreDelivered(tab)
  await leaveTab(place, tab)
  const [reference = {}] = parseReference(await tab.evaluate(() => sessionStorage.getItem('web-vitals')))
  await tab.close()
  const ours = await eventually('the view is over', () => {
    const view = place.datadog.views().at(-1)
    assert.ok(view !== undefined && view.view.url.endsWith(path))
    assert.equal(view.view['is_active'], false)
    return vitalsOf(view)
  })
  return { ours, reference, possible }
}

/** Event timing entries come after the next paint, and observers hear of them in a task of its own. */
async function entriesAreDelivered(tab: Tab): Promise<void> {
  await tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
    // WebKit knows no idle callbacks; it has no such entries either.
    if ('requestIdleCallback' in window) requestIdleCallback(resolve)
    else setTimeout(resolve)
  }))))
}

for (const [what, path, drive, happened] of [
  ['a page where nothing moves and nobody interacts', '/stable.html', async () => undefined, ({ inp_ms, cls }) => assert.deepEqual([inp_ms, cls ?? 0], [undefined, 0])],
  ['slow handlers', '/slow-handlers.html', async (tab) => {
    await tab.click('#slow')
    await tab.click('#slower')
    await tab.type('#name', 'abc')
  }, ({ inp_ms }) => assert.ok((inp_ms ?? 700) >= 700, `INP ${inp_ms}`)],
  ['shifts in two bursts', '/shifting.html', async () => undefined, ({ cls }) => assert.ok((cls ?? 1) > 0.01, `CLS ${cls}`)],
  ['an image that comes after the text', '/late-image.html', async () => undefined, ({ lcp_ms, fcp_ms }) => assert.ok((lcp_ms ?? Infinity) > (fcp_ms ?? Infinity) + 100 || lcp_ms === undefined, `LCP ${lcp_ms}, FCP ${fcp_ms}`)],
] as [string, string, (tab: Tab) => Promise<void>, (reference: Vitals) => void][]) {
  inEachBrowser(`vitals equal those of web-vitals: ${what}`, async (place) => {
    const { ours, reference, possible } = await measure(place, path, drive)
    happened(reference)
    assertEqualVitals(ours, reference)
    const expected = path === '/slow-handlers.html' ? possible : possible.filter((name) => name !== 'inp_ms')
    assert.deepEqual(Object.keys(ours).sort(), expected.sort(), `${place.name} can tell ${possible.join(', ')}`)
  })
}
