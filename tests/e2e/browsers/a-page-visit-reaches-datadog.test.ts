// What arrives is judged by Datadog's own types as it comes (harness/fake-datadog.ts): a wrong shape fails the test.

import assert from 'node:assert/strict'
import { inEachBrowser, leaveTab, type Place, visit } from '../harness/browsers/each-browser.ts'
import type { Tab } from '../harness/browsers/browser.ts'
import { actionNames, assertNothingCameTwice, errorMessages, ofView, viewAt } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'

type WithRum = typeof globalThis & { RUM: { addAction(name: string, context?: object): void } }

async function leaveAndSeeViews(place: Place, tab: Tab, count: number): Promise<RumEvent[]> {
  await leaveTab(place, tab)
  return eventually(`${count} views are over`, () => {
    const views = place.datadog.views()
    assert.deepEqual(views.map(({ view }) => view['is_active']), Array(count).fill(false))
    return views.toSorted((one, other) => one.date - other.date)
  })
}

inEachBrowser('a visit with clicks, an action of the page and both kinds of errors arrives, each once', async (place) => {
  const { datadog, site } = place
  const tab = await visit(place, '/claims.html?member=jane.roe#claims')
  const userAgent = await tab.evaluate(() => navigator.userAgent)
  for (const button of ['save', 'patient', 'throw', 'reject']) await tab.click(`#${button}`)
  await tab.evaluate(() => (globalThis as WithRum).RUM.addAction('refill ordered', { branch: 'Harbour Street' }))
  await leaveAndSeeViews(place, tab, 1)

  const view = viewAt(datadog, '/claims.html')
  assert.equal(view.view.url, `${site.origin}/claims.html`)
  assert.equal(view.view['loading_type'], 'initial_load')
  assert.deepEqual([view.view['action'], view.view['error']], [{ count: 5 }, { count: 2 }])
  const events = ofView(datadog.events(), view)
  assert.deepEqual(actionNames(events).toSorted(), ['Save claim', 'button#patient', 'button#reject', 'button#throw', 'refill ordered'])
  const actions = datadog.events('action').map(({ action }) => action?.type)
  assert.deepEqual(actions.toSorted(), ['click', 'click', 'click', 'click', 'custom'])
  const custom = datadog.events('action').find(({ action }) => action?.type === 'custom')
  assert.deepEqual(custom?.['context'], { branch: 'Harbour Street' })

  assert.deepEqual(errorMessages(events).toSorted(), ['claim 10482 has no statement', 'no fax number is known'])
  for (const { error } of datadog.events('error')) {
    assert.deepEqual([error?.source, error?.handling], ['source', 'unhandled'])
    assert.match(error?.stack ?? '', /claims\.js/, 'the stack says where it comes from')
  }
  assert.deepEqual(datadog.events('error').map(({ error }) => error?.type).toSorted(), ['RangeError', 'TypeError'])
  for (const { headers } of datadog.taken) assert.equal(headers['user-agent'], userAgent)
  for (const secret of ['Jane', 'jane.roe', '1970']) assert.ok(!JSON.stringify(datadog.events()).includes(secret), `${secret} arrived`)
  assertNothingCameTwice(datadog)
})

inEachBrowser('a route change by pushState is a view of its own, and so is the way back', async (place) => {
  const tab = await visit(place, '/claims.html')
  await tab.click('#route')
  await tab.click('#save')
  await tab.back()
  await eventually('the route is the first again', async () => assert.equal(await tab.evaluate(() => location.pathname), '/claims.html'))
  const views = await leaveAndSeeViews(place, tab, 3)
  assert.deepEqual(views.map(({ view }) => [new URL(view.url).pathname, view['loading_type']]), [['/claims.html', 'initial_load'], ['/claims/10482', 'route_change'], ['/claims.html', 'route_change']])
  const [first, second, third] = views as [RumEvent, RumEvent, RumEvent]
  assert.deepEqual([first, second, third].map((view) => actionNames(ofView(place.datadog.events(), view))), [['button#route'], ['Save claim'], []])
})

inEachBrowser('a route change by hash is a view of its own, a jump to an element is none', async (place) => {
  const tab = await visit(place, '/claims.html')
  await tab.evaluate(() => { location.hash = '#save' })
  await tab.evaluate(() => { location.hash = '#/refills/7' })
  await tab.click('#save')
  const views = await leaveAndSeeViews(place, tab, 2)
  assert.deepEqual(views.map(({ view }) => view['loading_type']), ['initial_load', 'route_change'])
  assert.deepEqual(actionNames(ofView(place.datadog.events(), views[1] as RumEvent)), ['Save claim'])
})

inEachBrowser('what happens before the core is ready arrives', async (place) => {
  const { browser, cdn, datadog, site } = place
  cdn.coreDelay_ms = CORE_DELAY_MS
  const tab = await browser.open(`${site.origin}/early.html`)
  await eventually('the loader runs', async () => assert.ok(await tab.evaluate(() => 'RUM' in window)))
  await tab.click('#save')
  await tab.click('#throw')
  assert.equal(await tab.evaluate(() => localStorage.length), 0, 'the core was ready before the click: nothing early was tested')
  await eventually('the core runs', async () => assert.ok(await tab.evaluate(() => localStorage.length) > 0))
  await leaveAndSeeViews(place, tab, 1)
  assert.deepEqual(actionNames(datadog.events()).toSorted(), ['Save claim', 'button#throw'])
  assert.deepEqual(errorMessages(datadog.events()), ['thrown early'])
})

/** Two clicks must fit before it, on a busy machine too. */
const CORE_DELAY_MS = 2_000
