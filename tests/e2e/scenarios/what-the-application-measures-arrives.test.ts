import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../harness/eventually.ts'
import { leave, openPage, startStack } from '../harness/stack.ts'

type Api = Record<string, (...args: unknown[]) => unknown>

test('durations, operations and timed actions arrive, although what makes them is fetched with the first', async (t) => {
  const stack = await startStack(t)
  const page = await openPage(stack, '/handlers.html')
  const chunk = page.waitForResponse(/report-/)
  await page.evaluate(() => {
    const { RUM } = window as unknown as { RUM: Api }
    RUM['startAction']?.('pay', { context: { step: 1 } })
    const fill = RUM['startDurationVital']?.('fill', { description: 'of a form' })
    RUM['addDurationVital']?.('load', { startTime: 5, duration: 12.5 })
    RUM['startOperation']?.('refill', { operationKey: 'rx' })
    RUM['failOperation']?.('refill', 'abandoned', { operationKey: 'rx' })
    RUM['stopDurationVital']?.(fill)
    RUM['stopAction']?.('pay', { type: 'tap' })
  })
  await (await chunk).finished()
  // The calls wait for the chunk to run; a later one of the core comes after them.
  await page.evaluate(() => (window as unknown as { RUM: Api }).RUM['addAction']?.('last'))
  await leave(stack, page)
  await eventually('all of it arrives', () => {
    const actions = stack.datadog.events('action').map(({ action, context }) => [action?.target?.name, action?.type, context])
    assert.deepEqual(actions.toSorted(), [['last', 'custom', undefined], ['pay', 'tap', { step: 1 }]])
    const vitals = stack.datadog.events('vital').map((event) => {
      const vital = event['vital'] as Record<string, unknown>
      return [vital['name'], vital['type'], vital['step_type'], vital['operation_key'], vital['failure_reason'], vital['description']]
    })
    assert.deepEqual(vitals.toSorted(), [
      ['fill', 'duration', undefined, undefined, undefined, 'of a form'],
      ['load', 'duration', undefined, undefined, undefined, undefined],
      ['refill', 'operation_step', 'end', 'rx', 'abandoned', undefined],
      ['refill', 'operation_step', 'start', 'rx', undefined, undefined],
    ])
  })
})
