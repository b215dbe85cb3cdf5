// Views as Datadog gets them: where they begin, what they are called, what is measured of them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'
import { leave, openPage, type Stack, startStack } from '../harness/stack.ts'

interface Rum {
  startView(view: unknown): void
  setViewName(name: string): void
  addTiming(name: string, time?: number): void
  setViewLoadingTime(): void
  addAction(name: string): void
  shutdown(): void
}
type Window = globalThis.Window & { RUM: Rum; original: Pick<History, 'pushState' | 'replaceState'>; visitRoutes(): Promise<void> }
declare const window: Window

/** Leaves, and answers the last state of each view in the order they began. */
async function viewsAfterLeaving(stack: Stack, page: Page, count: number): Promise<RumEvent[]> {
  await leave(stack, page)
  return eventually('every view is over', () => {
    const views = stack.datadog.views().toSorted((one, other) => one.date - other.date)
    assert.deepEqual(views.map(({ view }) => view['is_active']), Array.from({ length: count }, () => false))
    return views
  })
}

const shown = (stack: Stack, { view }: RumEvent): unknown[] => [view.url.replace(stack.site.origin, ''), view['name'], view['loading_type']]

/** The wrapper of `history` comes as a chunk of its own. */
async function historyIsFollowed(page: Page): Promise<void> {
  await eventually('history is followed', async () => assert.ok(await page.evaluate(() => history.pushState !== window.original.pushState)))
}

for (const browser of ['with the Navigation API', 'without the Navigation API']) {
  test(`a view begins with each route, ${browser}`, async (t) => {
    const stack = await startStack(t)
    const isOld = browser.startsWith('without')
    const page = await openPage(stack, `/routes.html?page=2&member=42${isOld ? '&without-navigation' : ''}`)
    assert.equal(await page.evaluate(() => 'navigation' in window), !isOld)
    if (isOld) await historyIsFollowed(page)
    await page.evaluate(() => window.visitRoutes())
    const views = await viewsAfterLeaving(stack, page, 5)
    assert.deepEqual(views.map((view) => shown(stack, view)), [
      ['/routes.html?page=2', undefined, 'initial_load'],
      ['/claims?page=1', undefined, 'route_change'],
      ['/claims/7', undefined, 'route_change'],
      ['/claims/7', '/lines/?', 'route_change'],
      ['/routes.html?page=3', undefined, 'route_change'],
    ])
    assert.equal(views[1]?.view['referrer'], `${stack.site.origin}/routes.html?page=2`)
  })
}

test('history is handed back by shutdown', async (t) => {
  const stack = await startStack(t)
  const page = await openPage(stack, '/routes.html?without-navigation')
  await historyIsFollowed(page)
  const looks = await page.evaluate(() => (['pushState', 'replaceState'] as const).map((name) => [history[name].name, history[name].length, String(history[name]) === String(window.original[name])]))
  assert.deepEqual(looks, [['pushState', 2, true], ['replaceState', 2, true]])
  assert.equal(await page.evaluate(() => {
    window.RUM.shutdown()
    return history.pushState === window.original.pushState && history.replaceState === window.original.replaceState && !Object.hasOwn(history, 'pushState')
  }), true)
})

test('an application that begins views itself says what the first one is', async (t) => {
  const stack = await startStack(t)
  const page = await openPage(stack, '/routes.html?manual')
  await page.evaluate(() => {
    window.RUM.startView('claims')
    history.pushState(null, '', '/claims/7')
    window.RUM.addAction('looked')
  })
  await page.evaluate(() => window.RUM.startView({ name: '/claims/:id', service: 'claims', version: '7.1' }))
  await page.evaluate(() => window.RUM.setViewName('a claim'))
  const views = await viewsAfterLeaving(stack, page, 2)
  assert.deepEqual(views.map((view) => shown(stack, view)), [
    ['/routes.html', 'claims', 'initial_load'],
    ['/claims/7', 'a claim', 'route_change'],
  ])
  assert.deepEqual([views[1]?.['service'], views[1]?.['version']], ['claims', '7.1'])
  assert.deepEqual((views[0]?.view['action'] as { count: number }).count, 1)
})

test('timings, scroll, page states and the document are told with the view', async (t) => {
  const stack = await startStack(t)
  const page = await openPage(stack, '/routes.html')
  await page.setViewportSize({ width: 800, height: 600 })
  const before_ms = await page.evaluate(() => performance.now())
  await page.evaluate(() => {
    window.RUM.addTiming('list shown')
    window.RUM.addTiming('given', 40)
    window.RUM.addTiming('by the clock', performance.timeOrigin + 250)
  })
  await page.evaluate(() => new Promise<void>((resolve) => {
    addEventListener('scroll', () => requestAnimationFrame(() => setTimeout(resolve)), { once: true })
    scrollTo(0, 1_000)
  }))
  const [view] = await viewsAfterLeaving(stack, page, 1)
  assert.ok(view)
  const timings = view.view['custom_timings'] as Record<string, number>
  assert.deepEqual(Object.keys(timings).toSorted(), ['by_the_clock', 'given', 'list_shown'])
  assert.equal(timings['given'], 40e6)
  assert.ok(Math.abs((timings['by_the_clock'] as number) - 250e6) < 1e6, `${timings['by_the_clock']}`)
  assert.ok((timings['list_shown'] as number) >= (before_ms - 1) * 1e6, `${timings['list_shown']} and ${before_ms} ms`)

  const { scroll } = view['display'] as { scroll: Record<string, number> }
  assert.deepEqual([scroll['max_depth'], scroll['max_depth_scroll_top'], scroll['max_scroll_height']], [1_600, 1_000, 3_000])
  const { page_states: states } = view['_dd'] as { page_states: { state: string; start: number }[] }
  assert.deepEqual([states[0], states.at(-1)?.state], [{ state: 'active', start: 0 }, states.at(-1)?.state === 'frozen' ? 'frozen' : 'terminated'])

  const document = ['dom_interactive', 'dom_content_loaded', 'dom_complete', 'load_event'].map((name) => view.view[name] as number)
  assert.deepEqual(document, document.toSorted((one, other) => one - other), 'they come one after the other')
  assert.ok(document.every((time) => time > 0 && time < 60e9), String(document))
})
