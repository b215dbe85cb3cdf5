// Navigations that Chromium makes without, or before, a load that the visitor sees.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'
import { coreRuns, endedViews, isSettled, leave, readReference, start } from '../harness/raw-place.ts'
import { assertEqualCauses, assertEqualVitals, type Causes, vitalsOf, type Vitals } from '../harness/vitals.ts'

test('a prerendered page is measured from the moment it is shown', async (t) => {
  const place = await start(t)
  await place.chromium.openUnwatchedTab(`${place.site.origin}/prerenders.html`)
  const { visit, activationStart_ms, failure } = await eventually('the page has reported itself', () => {
    const [report] = place.site.beacons
    assert.ok(report)
    return JSON.parse(report) as { visit: Vitals; activationStart_ms: number; failure?: string }
  })
  assert.equal(failure, undefined)
  assert.ok(activationStart_ms > 250, `activated after ${activationStart_ms} ms`)
  // Measured from its time origin, all of them would be later than that.
  assert.ok(visit.ttfb_ms === 0 && Number(visit.lcp_ms) < activationStart_ms, JSON.stringify(visit))
  const [view] = await endedViews(place, 1)
  assertEqualVitals(vitalsOf(view as RumEvent), visit)
})

for (const [what, soft] of [['attributes, as Chromium 156 does behind a flag', 'as-is'], ['methods, as web-vitals reads them', 'later']] as const) {
  test(`a soft navigation that is told by ${what} has paints of its own`, async (t) => {
    const place = await start(t, ['--enable-features=SoftNavigationHeuristics'])
    const tab = await place.chromium.openTab(`${place.site.origin}/soft.html?soft=${soft}`, 'in front')
    await coreRuns(tab)
    await isSettled(tab)
    await tab.evaluate(`window.told = {}; for (const type of ['soft-navigation', 'interaction-contentful-paint']) {
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => { told[type] = (told[type] ?? []).concat(entry.duration) })).observe({ type })
    }`)
    await tab.click('#go')
    const told = await eventually('the browser tells of the navigation and of its later paint', async () => {
      const entries = await tab.evaluate<Record<string, number[]>>('told')
      assert.deepEqual([entries['soft-navigation']?.length, entries['interaction-contentful-paint']?.length], [1, 2])
      return entries
    })
    if (soft === 'later') {
      await eventually('web-vitals has both', async () => {
        const { visits: [, route] } = await readReference(tab)
        assert.ok(Number(route?.lcp_ms) > Number(route?.fcp_ms), JSON.stringify(route))
      })
    }
    const { visits, causes } = await leave(place, tab)
    const views = await endedViews(place, 2)
    const of = (loadingType: string): RumEvent => views.find(({ view }) => view['loading_type'] === loadingType) as RumEvent
    const route = of('route_change')
    assert.equal(new URL(route.view.url).pathname, '/second-route')
    assert.equal((route.view['performance'] as { lcp: { target_selector: string } }).lcp.target_selector, '#later')
    const { lcp_ms, fcp_ms, ttfb_ms } = vitalsOf(route)
    assertEqualVitals({ lcp_ms, fcp_ms, ttfb_ms } as Vitals, { lcp_ms: told['interaction-contentful-paint']?.at(-1), fcp_ms: told['soft-navigation']?.[0], ttfb_ms: 0 } as Vitals)
    // web-vitals reads only what came later.
    assert.equal(visits.length, soft === 'later' ? 2 : 1)
    if (soft === 'later') {
      assertEqualVitals(vitalsOf(of('initial_load')), visits[0] as Vitals)
      assertEqualVitals(vitalsOf(route), visits[1] as Vitals)
      assertEqualCauses(route, causes[1] as Causes)
    }
  })
}
