import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../harness/eventually.ts'
import { leave, openPage, startStack } from '../harness/stack.ts'

/** Both look every 100 ms at most; a busy machine delays the two by different amounts. */
const TOLERANCE_NS = 100e6

test('a page that runs both SDKs has the same loading times in both', async (t) => {
  const stack = await startStack(t)
  const page = await openPage(stack, '/loading.html')
  await page.locator('#clock[data-drawn=load]').waitFor({ state: 'attached' })
  await eventually('our loading time has been told', () => assert.ok(loadingTime('ours', 'initial_load') > 0), 30_000)
  await page.evaluate(() => (window as unknown as { changeRoute(): void }).changeRoute())
  await page.locator('#clock[data-drawn=route]').waitFor({ state: 'attached' })
  await leave(stack, page)

  for (const kind of ['initial_load', 'route_change']) {
    await eventually(`both have told of the ${kind}`, () => {
      const [ours, official] = [loadingTime('ours', kind), loadingTime('official', kind)]

      assert.ok(Math.abs(ours - official) <= TOLERANCE_NS, `${ours} and ${official}`)
    })
  }

  /** Whole states and updates alike. */
  function loadingTime(service: string, loadingType: string): number {
    const whole = stack.datadog.views().find((view) => view['service'] === service && view.view['loading_type'] === loadingType)
    const update = stack.datadog.events('view_update').findLast(({ view }) => view.id === whole?.view.id && view['loading_time'] !== undefined)
    return ((whole?.view['loading_time'] ?? update?.view['loading_time']) as number | undefined) ?? NaN
  }
})
