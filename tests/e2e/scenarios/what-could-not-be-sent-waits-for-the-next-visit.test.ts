import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrowserContext, Page, Route } from 'playwright-core'
import { APP_NAME, APPLICATION_ID, PUBLIC_TOKEN } from '../harness/collector.ts'
import { assertNothingCameTwice } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import { coreRuns, start } from '../harness/raw-place.ts'
import { keptBy, openRumPage, rumRuns, type WindowWithRum } from '../harness/rum-page.ts'
import { leave, startStack, type Stack } from '../harness/stack.ts'

/** The mebibyte of `js-loader/src/offline-database.ts`. */
const MAX_BYTES = 1024 * 1024

async function openQueuePage(stack: Stack, context: BrowserContext, options: Record<string, unknown> = {}): Promise<Page> {
  const page = await openRumPage(stack, { offlineQueue: true, ...options }, { context })
  await rumRuns(page)
  await eventually('the database is open', async () => assert.deepEqual(await databasesOf(page), ['rum_queue']))
  return page
}

const databasesOf = async (page: Page): Promise<string[]> => (await keptBy(page) as { databases: string[] }).databases

function report(page: Page, names: readonly string[], context: object = {}): Promise<void> {
  return page.evaluate(([names, context]) => {
    for (const name of names) (window as unknown as WindowWithRum).RUM.addAction(name, context)
  }, [names, context] as const)
}

/** How many bytes each kept batch has, oldest first. Asked by a page without SDK, so as not to be in anybody's way. */
async function keptBatches(stack: Stack, context: BrowserContext): Promise<number[]> {
  const page = await context.newPage()
  await page.goto(`${stack.site.origin}/left.html`)
  const bytes = await page.evaluate(() => new Promise<number[]>((resolve, reject) => {
    const request = indexedDB.open('rum_queue')
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const all = request.result.transaction('batches').objectStore('batches').getAll()
      all.onsuccess = () => {
        request.result.close()
        resolve((all.result as { body: Uint8Array }[]).map(({ body }) => body.length))
      }
    }
  }))
  await page.close()
  return bytes
}

const nothingIsKept = (stack: Stack, context: BrowserContext): Promise<void> =>
  eventually('nothing is kept any more', async () => assert.deepEqual(await keptBatches(stack, context), []))

/** Names of the actions that arrived, with as many as came. */
const arrived = ({ datadog }: Stack): string[] => datadog.events('action').map(({ action }) => action?.target?.name ?? '').toSorted()

/** Repeats the collector was sent, and kept from Datadog. */
async function repeats({ collector }: Stack): Promise<number> {
  const label = `collector_outcomes_total{app="${APP_NAME}",door="batch",outcome="repeated",sink="none",track="rum"}`
  const counted = await collector.metrics()
  assert.ok([...counted.keys()].some((name) => name.startsWith('collector_outcomes_total{')), 'the name of the metric has changed')
  return counted.get(label) ?? 0
}

/** A visit while the collector is away; ends as a visitor ends it. */
async function visitInOutage(stack: Stack, context: BrowserContext, names: readonly string[], { hasFailed, facts }: { hasFailed: boolean; facts?: object }): Promise<void> {
  const page = await openQueuePage(stack, context)
  const failed = page.waitForEvent('requestfailed', (request) => request.url().includes('/shop/v1'))
  await report(page, names.slice(0, 1), facts)
  if (hasFailed) await failed
  else failed.catch(() => {})
  await report(page, names.slice(1), facts)
  await page.close({ runBeforeUnload: true })
}

for (const hasFailed of [true, false]) {
  test(`a visit whose collector was away arrives once with the next visit${hasFailed ? '' : ', also if it ended before the SDK knew'}`, async (t) => {
    const stack = await startStack(t)
    const context = await stack.browser.newContext()
    await stack.collector.stop()
    await visitInOutage(stack, context, ['one', 'two'], { hasFailed })
    await visitInOutage(stack, context, ['three'], { hasFailed })
    assert.deepEqual(stack.datadog.events(), [])
    await stack.collector.restart()
    const next = await openQueuePage(stack, context)
    await eventually('all arrives', () => assert.deepEqual(arrived(stack), ['one', 'three', 'two']))
    await nothingIsKept(stack, context)
    await report(next, ['four'])
    await leave(stack, next)
    await eventually('and the visit itself', () => {
      assert.deepEqual(arrived(stack), ['four', 'one', 'three', 'two'])
      assert.equal(new Set(stack.datadog.views().map(({ view }) => view.id)).size, 3)
    })
    assertNothingCameTwice(stack.datadog)
    assert.equal(await repeats(stack), 0)
  })
}

test('what a page said when it was left is delivered once, though the next page cannot know and says it again', async (t) => {
  const stack = await startStack(t)
  const context = await stack.browser.newContext()
  const page = await openQueuePage(stack, context)
  await report(page, ['one'])
  await page.close({ runBeforeUnload: true })
  await eventually('it has arrived', () => assert.deepEqual(arrived(stack), ['one']))
  await openQueuePage(stack, context)
  await eventually('it was said again', async () => assert.equal(await repeats(stack), 1))
  await nothingIsKept(stack, context)
  assert.deepEqual(arrived(stack), ['one'])
})

test('two tabs that open at the same time send what is kept once', async (t) => {
  const stack = await startStack(t)
  const context = await stack.browser.newContext()
  await stack.collector.stop()
  const names = ['one', 'two', 'three', 'four']
  for (const name of names) await visitInOutage(stack, context, [name], { hasFailed: true })
  await stack.collector.restart()
  // Nothing gets through before both have looked.
  const waiting: Route[] = []
  await context.route('**/shop/v1*', (route) => void waiting.push(route))
  await openQueuePage(stack, context)
  await eventually('the first tab sends', () => assert.equal(waiting.length, 1))
  await openQueuePage(stack, context)
  assert.equal((await keptBatches(stack, context)).length, names.length)
  assert.equal(waiting.length, 1, 'the second tab sends, too')
  await context.unroute('**/shop/v1*')
  for (const route of waiting) await route.continue()
  await eventually('all arrives', () => assert.deepEqual(arrived(stack), names.toSorted()))
  await nothingIsKept(stack, context)
  assert.equal(await repeats(stack), 0)
})

test('a mebibyte is kept at most; the oldest go first', async (t) => {
  const stack = await startStack(t)
  const context = await stack.browser.newContext()
  await stack.collector.stop()
  const facts = { facts: 'x'.repeat(7_000) }
  const names = (letter: string): string[] => Array.from({ length: 110 }, (_, index) => `${letter}${index + 100}`)
  await visitInOutage(stack, context, names('a'), { hasFailed: true, facts })
  const first = await keptBatches(stack, context)
  await visitInOutage(stack, context, names('b'), { hasFailed: true, facts })
  const sum = (bytes: number[]): number => bytes.reduce((all, one) => all + one, 0)
  const kept = await keptBatches(stack, context)
  assert.ok(sum(first) > MAX_BYTES * 0.6 && sum(first) <= MAX_BYTES, `${sum(first)} bytes after one visit`)
  assert.ok(sum(kept) > MAX_BYTES * 0.8 && sum(kept) <= MAX_BYTES, `${sum(kept)} bytes after two`)
  await stack.collector.restart()
  await openQueuePage(stack, context)
  await nothingIsKept(stack, context)
  await eventually('the last visit has arrived, and the end of the first', () => {
    const came = arrived(stack)
    assert.deepEqual(came.filter((name) => name.startsWith('b')), names('b'))
    const early = came.filter((name) => name.startsWith('a'))
    assert.ok(early.length > 0 && early.length < 60, `${early.length} of the first visit`)
    assert.deepEqual(early, names('a').slice(-early.length))
  })
})

const refusals: [how: string, options: object, refuse: (page: Page) => Promise<void>][] = [
  ['withdrawn in one of its tabs', {}, (page) => page.evaluate(() => (window as unknown as WindowWithRum).RUM.setTrackingConsent('not-granted'))],
  ['refused at the next visit', { trackingConsent: 'not-granted' }, async () => {}],
  ['withheld by Global Privacy Control', { honorGlobalPrivacyControl: true }, async () => {}],
]

for (const [how, options, refuse] of refusals) {
  test(`consent ${how} leaves no database`, async (t) => {
    const stack = await startStack(t)
    const context = await stack.browser.newContext()
    if (how.includes('Global')) await context.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }))
    await stack.collector.stop()
    await visitInOutage(stack, context, ['one'], { hasFailed: true })
    assert.notDeepEqual(await keptBatches(stack, context), [])
    const others = how.includes('tabs') ? [await openQueuePage(stack, context)] : []
    const page = await openRumPage(stack, { offlineQueue: true, ...options }, { context })
    if (how.includes('tabs')) await rumRuns(page)
    await refuse(page)
    for (const one of [page, ...others]) {
      await eventually('nothing is left', async () => assert.deepEqual(await keptBy(one), { local: [], tab: [], databases: [], cookies: [] }))
      await report(one, ['two'])
      await one.close({ runBeforeUnload: true })
    }
    const later = await context.newPage()
    await later.goto(`${stack.site.origin}/left.html`)
    assert.deepEqual(await keptBy(later), { local: [], tab: [], databases: [], cookies: [] })
  })
}

test('a page with the queue still enters the back-forward cache', async (t) => {
  const place = await start(t)
  const tab = await place.chromium.openTab(`${place.site.origin}/bare.html`, 'in front')
  await eventually('the page is there', async () => assert.equal(await tab.evaluate('document.title'), 'Nothing but the loader'))
  const options = { applicationId: APPLICATION_ID, clientToken: PUBLIC_TOKEN, endpoint: place.site.context?.endpoint, offlineQueue: true }
  await tab.evaluate(`new Promise((done, failed) => {
    const script = Object.assign(document.createElement('script'), { src: '${place.cdn.origin}/rum.js', onload: done, onerror: failed });
    document.head.append(script);
  }).then(() => RUM.init(${JSON.stringify(options)}))`)
  await coreRuns(tab)
  const databases = "indexedDB.databases().then((all) => all.map(({ name }) => name).join())"
  await eventually('the database is open', async () => assert.equal(await tab.evaluate(databases), 'rum_queue'))
  await tab.evaluate("window.isSamePage = true; RUM.addAction('one')")
  await tab.goTo(`${place.site.origin}/left.html`)
  await eventually('the next page is there', async () => assert.equal(await tab.evaluate('location.pathname'), '/left.html'))
  await tab.goBack()
  await eventually('the page is back as it was', async () => assert.equal(await tab.evaluate('location.pathname + window.isSamePage'), '/bare.htmltrue'))
  await tab.evaluate("RUM.addAction('two')")
  await tab.goTo(`${place.site.origin}/left.html`)
  await eventually('both visits arrive', () => {
    assert.deepEqual(place.datadog.events('action').map(({ action }) => action?.target?.name).toSorted(), ['one', 'two'])
  })
})
