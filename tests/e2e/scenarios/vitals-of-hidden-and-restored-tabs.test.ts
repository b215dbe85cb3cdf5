// The life cycle that ordinary drivers hide: tabs that nobody sees, and pages that come back.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'
import { becomes, coreRuns, endedViews, isSettled, leave, start } from '../harness/raw-place.ts'
import { assertEqualVitals, parseReference, TOLERANCE_RESTORED, vitalsOf } from '../harness/vitals.ts'

test('a tab that was loaded behind another has no paints, also when it is looked at later', async (t) => {
  const place = await start(t)
  await place.chromium.openTab(`${place.site.origin}/left.html`, 'in front')
  const tab = await place.chromium.openTab(`${place.site.origin}/stable.html`, 'behind')
  await coreRuns(tab)
  assert.equal(await tab.evaluate('document.visibilityState'), 'hidden')
  await tab.activate()
  await isSettled(tab)
  const { visits: [reference] } = await leave(place, tab)
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
  const { visits: [reference] } = await leave(place, tab)
  assert.ok(Number(reference?.cls) > Number(parseReference(before)[0]?.cls), 'the later shift made CLS larger')
  const [view] = await endedViews(place, 1)
  assertEqualVitals(vitalsOf(view as RumEvent), reference ?? {})
})

test('a page restored from the back-forward cache is a view of its own', async (t) => {
  const place = await start(t)
  const tab = await place.chromium.openTab(`${place.site.origin}/stable.html`, 'in front')
  await coreRuns(tab)
  await isSettled(tab)
  await eventually('a click is heard', async () => {
    // Chromium drops input that comes before a new tab's compositor is ready for it.
    await tab.click('#fast')
    assert.ok(await tab.evaluate<number>('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.interactionCount))))') > 0)
  })
  await eventually('web-vitals has the interaction', async () => {
    assert.ok(parseReference(await tab.evaluate("sessionStorage.getItem('web-vitals')"))[0]?.inp_ms !== undefined)
  })
  await leave(place, tab)
  await tab.goBack()
  await eventually('the page is restored and measured anew', async () => {
    const [, restored] = parseReference(await tab.evaluate("sessionStorage.getItem('web-vitals')"))
    assert.ok(restored?.lcp_ms !== undefined && restored.cls !== undefined)
  })
  const { visits: [first, restored] } = await leave(place, tab)
  const views = await endedViews(place, 2)
  const byLoadingType = new Map(views.map((event) => [event.view['loading_type'], event]))
  assertEqualVitals(vitalsOf(byLoadingType.get('initial_load') as RumEvent), first ?? {})
  assertEqualVitals(vitalsOf(byLoadingType.get('bf_cache') as RumEvent), restored ?? {}, TOLERANCE_RESTORED)
  assert.equal(restored?.inp_ms, undefined, 'nobody interacted after the restore')
})

test('a page that was hidden before its first paint has no paints, and no CLS', async (t) => {
  const place = await start(t)
  const tab = await place.chromium.openTab(`${place.site.origin}/late-style.html`, 'in front')
  const other = await place.chromium.openTab(`${place.site.origin}/left.html`, 'behind')
  await eventually('the page has begun', async () => assert.equal(await tab.evaluate('location.pathname'), '/late-style.html'))
  await other.activate()
  await becomes(tab, 'hidden')
  assert.equal(await tab.evaluate("performance.getEntriesByType('paint').length"), 0, 'painted before it was hidden')
  await tab.activate()
  await coreRuns(tab)
  await isSettled(tab)
  const { visits: [reference] } = await leave(place, tab)
  assert.deepEqual(Object.keys(reference ?? {}).sort(), ['ttfb_ms'])
  const [view] = await endedViews(place, 1)
  assertEqualVitals(vitalsOf(view as RumEvent), reference ?? {})
})

test('an interaction after a restore that was too fast to be observed took 8 ms', async (t) => {
  const place = await start(t)
  const tab = await place.chromium.openTab(`${place.site.origin}/stage.html`, 'in front')
  await coreRuns(tab)
  await isSettled(tab)
  await tab.click('#slow')
  await tab.evaluate('shown()')
  await leave(place, tab)
  await tab.goBack()
  await eventually('the page is restored and measured anew', async () => {
    const [, restored] = parseReference(await tab.evaluate("sessionStorage.getItem('web-vitals')"))
    assert.ok(restored?.lcp_ms !== undefined)
  })
  // On a busy machine even this may take longer than what browsers report, and then counts as it is reported.
  await tab.click('#fast')
  await tab.evaluate('shown()')
  const { visits: [first, restored] } = await leave(place, tab)
  assert.ok(first?.inp_ms !== undefined && first.inp_ms >= 100, `INP ${first?.inp_ms}`)
  const views = await endedViews(place, 2)
  const of = (loadingType: string): RumEvent => views.find(({ view }) => view['loading_type'] === loadingType) as RumEvent
  assertEqualVitals(vitalsOf(of('initial_load')), first)
  // web-vitals learns of it only with the next entry that is observed.
  assertEqualVitals(vitalsOf(of('bf_cache')), { inp_ms: 8, ...restored }, TOLERANCE_RESTORED)
})

test('two tabs of a site measure on their own', async (t) => {
  const place = await start(t)
  const one = await place.chromium.openTab(`${place.site.origin}/stable.html`, 'in front')
  await isSettled(one)
  // The second takes up the session that the first has stored.
  await coreRuns(one)
  const other = await place.chromium.openTab(`${place.site.origin}/shifting.html`, 'in front')
  await isSettled(other)
  await eventually('both cores have told of their views', () => assert.equal(place.datadog.views().length, 2))
  const { visits: [reference] } = await leave(place, other)
  const { visits: [hidden] } = await leave(place, one)
  assert.ok(Number(reference?.cls) > 0.01 && hidden?.cls === 0)
  const views = await endedViews(place, 2)
  assert.equal(new Set(views.map((event) => (event['session'] as { id: string }).id)).size, 1, 'one session')
  for (const [path, expected] of [['/shifting.html', reference], ['/stable.html', hidden]] as const) {
    assertEqualVitals(vitalsOf(views.find(({ view }) => new URL(view.url).pathname === path) as RumEvent), expected ?? {})
  }
})
