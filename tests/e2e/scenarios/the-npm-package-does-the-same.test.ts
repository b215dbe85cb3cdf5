import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freeOrigin, startDemo } from '../harness/demo.ts'
import { actionNames, assertNothingCameTwice, errorMessages } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import { coreRuns, leave, startStack } from '../harness/stack.ts'
import { LEFT_BEHIND, openDemo, PERSON, visitDemo } from '../../smoke/visit-demo.ts'

test('the demo, built with the npm package, tells its whole visit', async (t) => {
  const origin = await freeOrigin()
  // The demo gives no client token, so its application id is the public key.
  const stack = await startStack(t, { otherOrigins: [origin], appToken: null })
  await startDemo(stack.teardown, origin, stack.collector.intakeUrl)
  const page = await openDemo(stack.browser, origin)
  await coreRuns(page)
  await visitDemo(page)
  await leave(stack, page)

  const { datadog } = stack
  await eventually('all three views are over', () => {
    const views = datadog.views().map(({ view }) => [new URL(view.url).pathname, view['is_active']])
    assert.deepEqual(views.toSorted(), LEFT_BEHIND.views.map((path) => [path, false]))
  })
  assert.deepEqual(actionNames(datadog.events()).toSorted(), [...LEFT_BEHIND.actions].toSorted())
  assert.deepEqual(errorMessages(datadog.events()).toSorted(), [...LEFT_BEHIND.errors].toSorted())
  for (const value of Object.values(PERSON)) assert.ok(!JSON.stringify(datadog.events()).includes(value), `${value} arrived`)
  assertNothingCameTwice(datadog)

  const list = datadog.views().find(({ view }) => new URL(view.url).pathname === '/')
  assert.ok(Number(list?.view['cumulative_layout_shift']) > 0, 'the late notice moved the list')
  const detail = datadog.views().find(({ view }) => view.url.includes('/claims/'))
  assert.ok(Number(detail?.view['interaction_to_next_paint']) >= LEFT_BEHIND.slowest_ms * 1e6, 'the slow button blocked the page')
})
