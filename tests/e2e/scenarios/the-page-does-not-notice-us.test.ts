import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { listenTo } from '../harness/console.ts'
import { errorMessages } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import { leave, openPage, startStack } from '../harness/stack.ts'

/** What the page's own handlers were told, in order. */
const seenBy = (page: Page): Promise<string[]> => page.evaluate(() => (window as unknown as { seen: string[] }).seen)

test("the page's own error and rejection handlers fire as without us", async (t) => {
  const stack = await startStack(t)
  const page = await openPage(stack, '/handlers.html')
  const heard = listenTo(page)
  await page.click('#throw')
  await page.click('#fetch')
  const seen = await eventually('all three handlers have fired', async () => {
    const messages = await seenBy(page)
    assert.equal(messages.length, 3)
    return messages
  })
  assert.deepEqual(seen.map((message) => message.split(':', 1)[0]), ['error listener', 'rejection listener', 'onunhandledrejection'])
  assert.equal(heard.uncaught.length, 2, 'the browser itself reports both, too')
  assert.deepEqual(heard.ours, [])
  await leave(stack, page)
  await eventually('both errors arrive', () => {
    assert.deepEqual(errorMessages(stack.datadog.events()).toSorted(), ['Failed to fetch', 'thrown by the page'])
  })
})

test('a page that sets window.onerror later, or cancels errors, does not cut us off', async (t) => {
  const stack = await startStack(t)
  const page = await openPage(stack, '/handlers.html')
  await page.evaluate(() => {
    window.onerror = () => true
    window.onunhandledrejection = (event) => event.preventDefault()
    window.addEventListener('error', (event) => event.stopImmediatePropagation())
  })
  await page.click('#throw')
  await page.click('#fetch')
  await eventually('the fetch has failed', async () => assert.ok((await seenBy(page)).some((message) => message.startsWith('rejection listener'))))
  await leave(stack, page)
  await eventually('both errors arrive', () => {
    assert.deepEqual(errorMessages(stack.datadog.events()).toSorted(), ['Failed to fetch', 'thrown by the page'])
  })
})

test('what a page throws, whatever it is, becomes one error event', async (t) => {
  const stack = await startStack(t)
  const page = await openPage(stack, '/handlers.html')
  const heard = listenTo(page)
  await page.evaluate(() => {
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    const hostile = { get message() { throw new Error('do not read me') } }
    const thrown: unknown[] = [null, undefined, 7, 'a text', cyclic, hostile, new DOMException('gone', 'AbortError'), new AggregateError([new Error('inner')], 'both failed'), new Error('x'.repeat(100_000))]
    for (const value of thrown) setTimeout(() => { throw value })
  })
  await eventually('all were thrown', () => assert.equal(heard.uncaught.length, 9))
  await leave(stack, page)
  // Two of them look alike from outside: one is sent, the other counted.
  const count = ({ context }: Record<string, unknown>): number => 1 + ((context as { rum?: { repeats: number } } | undefined)?.rum?.repeats ?? 0)
  await eventually('as many errors arrive', () => assert.equal(stack.datadog.events('error').map(count).reduce((sum, one) => sum + one, 0), 9))
  assert.deepEqual(heard.ours, [])
})
