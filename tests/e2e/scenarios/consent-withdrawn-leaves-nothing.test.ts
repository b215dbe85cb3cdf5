import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listenTo } from '../harness/console.ts'
import { eventually } from '../harness/eventually.ts'
import { act, keptBy, openRumPage, rumRuns, type WindowWithRum } from '../harness/rum-page.ts'
import { startStack } from '../harness/stack.ts'

const NOTHING = { local: [], tab: [], databases: [], cookies: [] }

const withdraw = (): void => (window as unknown as WindowWithRum).RUM.setTrackingConsent('not-granted')

for (const sessionPersistence of ['local-storage', 'cookie']) {
  test(`consent withdrawn leaves nothing, in no tab, of what was kept in ${sessionPersistence}`, async (t) => {
    const stack = await startStack(t)
    const context = await stack.browser.newContext()
    const options = { sessionPersistence, trackAnonymousUser: true, storeContextsAcrossPages: true, trackingConsent: 'granted' }
    const [first, second] = [await openRumPage(stack, options, { context }), await openRumPage(stack, options, { context })]
    for (const page of [first, second]) await rumRuns(page)
    await first.evaluate(() => (window as unknown as WindowWithRum).RUM.setUser({ id: 'jane' }))
    await eventually('something is kept', async () => assert.match(JSON.stringify(await keptBy(first)), /rum_contexts/))

    await first.evaluate(withdraw)
    assert.deepEqual({ ...(await keptBy(first)) as object, tab: [] }, NOTHING)
    await eventually('the other tab keeps nothing, either', async () => assert.deepEqual(await keptBy(second), NOTHING))
    for (const page of [first, second]) {
      await act(page)
      assert.deepEqual(await keptBy(page), NOTHING)
    }
  })
}

test('what an earlier page kept is erased by a page whose visitor refuses', async (t) => {
  const stack = await startStack(t)
  const context = await stack.browser.newContext()
  const before = await openRumPage(stack, { sessionPersistence: 'cookie', trackAnonymousUser: true }, { context })
  await rumRuns(before)
  await before.close()
  const page = await openRumPage(stack, { trackingConsent: 'not-granted' }, { context })
  await eventually('nothing is left', async () => assert.deepEqual(await keptBy(page), NOTHING))
})

test('a browser that asks for privacy is left alone where the application honours it', async (t) => {
  const stack = await startStack(t)
  const context = await stack.browser.newContext()
  await context.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }))
  const page = await openRumPage(stack, { honorGlobalPrivacyControl: true }, { context })
  const heard = listenTo(page)
  await page.evaluate(() => (window as unknown as WindowWithRum).RUM.setTrackingConsent('granted'))
  await act(page)
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => requestIdleCallback(resolve)))))
  assert.deepEqual([heard.requests, await keptBy(page)], [[], NOTHING])
  const other = await openRumPage(stack, {}, { context })
  await rumRuns(other)
})
