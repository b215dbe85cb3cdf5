// What kept the main thread busy reaches Datadog as long tasks, unless the page switches them off.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { viewAt } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'
import { leave, openPage, type Stack, startStack } from '../harness/stack.ts'

interface LongTask { entry_type: string; duration: number; blocking_duration: number; scripts?: { invoker: string; invoker_type: string; source_url: string; duration: number }[] }

const NS_PER_MS = 1e6

async function visit(stack: Stack, path: string): Promise<RumEvent> {
  const page = await openPage(stack, path)
  await page.click('#slow')
  // Entries come after the next paint, and observers hear of them in a task of its own.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(resolve)))))
  await leave(stack, page)
  await page.close()
  return eventually('the view is over', () => {
    const view = viewAt(stack.datadog, new URL(path, stack.site.origin).pathname)
    assert.equal(view.view['is_active'], false)
    return view
  })
}

const longTasks = (stack: Stack): LongTask[] => stack.datadog.events('long_task').map((event) => event['long_task'] as LongTask)

test('a handler that blocks is a long task of its view, with the script and who called it', async (t) => {
  const stack = await startStack(t)
  const view = await visit(stack, '/slow-handlers.html?member=42')
  const blocking = await eventually('the long task has arrived', () => {
    const found = longTasks(stack).find(({ scripts }) => scripts?.some(({ invoker }) => invoker === 'BUTTON#slow.onclick'))
    assert.ok(found, JSON.stringify(longTasks(stack)))
    return found
  })
  assert.equal(blocking.entry_type, 'long-animation-frame')
  assert.ok(blocking.duration >= 150 * NS_PER_MS && blocking.blocking_duration >= 90 * NS_PER_MS, JSON.stringify(blocking))
  const script = blocking.scripts?.find(({ invoker }) => invoker === 'BUTTON#slow.onclick')
  assert.deepEqual([script?.invoker_type, script?.source_url], ['event-listener', `${stack.site.origin}/slow-handlers.html`])
  assert.deepEqual(view.view['long_task'], { count: longTasks(stack).length })
})

test('with trackLongTasks off there are none', async (t) => {
  const stack = await startStack(t)
  const view = await visit(stack, '/without-long-tasks.html')
  assert.deepEqual(longTasks(stack), [])
  assert.deepEqual(view.view['long_task'], { count: 0 })
})
