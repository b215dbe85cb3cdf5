// The life cycle that ordinary drivers hide: tabs that nobody sees, and pages that come back.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'
import { RawChromium, type RawTab } from '../harness/raw-chromium.ts'
import { type Servers, startServers } from '../harness/stack.ts'
import { assertEqualVitals, parseReference, TOLERANCE_RESTORED, vitalsOf, type Vitals } from '../harness/vitals.ts'

interface Place extends Servers { chromium: RawChromium }

async function start(t: TestContext): Promise<Place> {
  const servers = await startServers(t)
  const chromium = await RawChromium.start()
  servers.teardown.add(() => chromium.stop())
  return { ...servers, chromium }
}

async function coreRuns(tab: RawTab): Promise<void> {
  await eventually('the SDK core runs', async () => assert.ok(await tab.evaluate("localStorage.getItem('rum_session') !== null")))
}

async function isSettled(tab: RawTab): Promise<void> {
  await eventually('the page has settled', async () => assert.equal(await tab.evaluate('document.documentElement.dataset.settled'), 'yes'))
}

async function becomes(tab: RawTab, state: 'visible' | 'hidden'): Promise<void> {
  await eventually(`the tab is ${state}`, async () => assert.equal(await tab.evaluate('document.visibilityState'), state))
}

/** Follows a link to a page without SDK and reads there what web-vitals said. */
async function leave({ site }: Place, tab: RawTab): Promise<Vitals[]> {
  await tab.goTo(`${site.origin}/left.html`)
  return eventually('the next page is there', async () => {
    assert.equal(await tab.evaluate('location.pathname'), '/left.html')
    return parseReference(await tab.evaluate("sessionStorage.getItem('web-vitals')"))
  })
}

function endedViews({ datadog }: Place, count: number): Promise<RumEvent[]> {
  return eventually(`${count} views are over`, () => {
    const views = datadog.views()
    assert.deepEqual(views.map(({ view }) => view['is_active']), Array(count).fill(false))
    return views
  })
}

test('a tab that was loaded behind another has no paints, also when it is looked at later', async (t) => {
  const place = await start(t)
  await place.chromium.openTab(`${place.site.origin}/left.html`, 'in front')
  const tab = await place.chromium.openTab(`${place.site.origin}/stable.html`, 'behind')
  await coreRuns(tab)
  assert.equal(await tab.evaluate('document.visibilityState'), 'hidden')
  await tab.activate()
  await isSettled(tab)
  const [reference] = await leave(place, tab)
  assert.deepEqual(Object.keys(reference ?? {}).sort(), ['ttfb_ms'])
  const [view] = await endedViews(place, 1)
  assertEqualVitals(vitalsOf(view as RumEvent), reference ?? {})
})

test('a tab that is put behind another and looked at again keeps counting shifts, not paints', async (t) => {
  const place = await start(t)
  const tab = await place.chromium.openTab(`${place.site.origin}/shifting.html`, 'in front')
  const other = await place.chromium.openTab(`${place.site.origin}/left.html`, 'behind')
  await coreRuns(tab)
  await isSettled(tab)
  const before = await tab.evaluate<string>("sessionStorage.getItem('web-vitals')")
  await other.activate()
  await becomes(tab, 'hidden')
  await tab.activate()
  await becomes(tab, 'visible')
  await tab.evaluate('push(300); new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
  const [reference] = await leave(place, tab)
  assert.ok(Number(reference?.cls) > Number(parseReference(before)[0]?.cls), 'the later shift made CLS larger')
  const [view] = await endedViews(place, 1)
  assertEqualVitals(vitalsOf(view as RumEvent), reference ?? {})
})

test('a page restored from the back-forward cache is a view of its own', async (t) => {
  const place = await start(t)
  const tab = await place.chromium.openTab(`${place.site.origin}/stable.html`, 'in front')
  await coreRuns(tab)
  await isSettled(tab)
  await tab.click('#fast')
  await eventually('web-vitals has the interaction', async () => {
    assert.ok(parseReference(await tab.evaluate("sessionStorage.getItem('web-vitals')"))[0]?.inp_ms !== undefined)
  })
  await leave(place, tab)
  await tab.goBack()
  await eventually('the page is restored and measured anew', async () => {
    const [, restored] = parseReference(await tab.evaluate("sessionStorage.getItem('web-vitals')"))
    assert.ok(restored?.lcp_ms !== undefined && restored.cls !== undefined)
  })
  const [first, restored] = await leave(place, tab)
  const views = await endedViews(place, 2)
  const byLoadingType = new Map(views.map((event) => [event.view['loading_type'], event]))
  assertEqualVitals(vitalsOf(byLoadingType.get('initial_load') as RumEvent), first ?? {})
  assertEqualVitals(vitalsOf(byLoadingType.get('bf_cache') as RumEvent), restored ?? {}, TOLERANCE_RESTORED)
  assert.equal(restored?.inp_ms, undefined, 'nobody interacted after the restore')
})
