import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Api } from '../harness/api.ts'
import { listenTo } from '../harness/console.ts'
import { eventually } from '../harness/eventually.ts'
import { leave, openPage, startStack } from '../harness/stack.ts'

interface Window { told: unknown[]; worker: Worker; RUM: { addWorker(worker: Worker): void } }

test("a worker's errors and requests arrive as its page's, from before the page added it", async (t) => {
  const stack = await startStack(t)
  const api = new Api()
  await api.start()
  stack.teardown.add(() => api.stop())
  const page = await openPage(stack, `/worker.html?api=${encodeURIComponent(api.origin)}`)
  const heard = listenTo(page)
  await page.evaluate(() => (window as unknown as Window).worker.postMessage('work'))
  await eventually('the worker has worked', async () => {
    assert.deepEqual(await page.evaluate(() => (window as unknown as Window).told), ['done'])
  })
  await page.evaluate(() => {
    const { RUM, worker } = window as unknown as Window
    RUM.addWorker(worker)
  })
  // What it sends is heard after the port was.
  await eventually('what happened before came', () => assert.equal(stack.datadog.events('error').length, 1))
  await page.evaluate(() => (window as unknown as Window).worker.postMessage('throw'))

  await eventually('everything came', () => {
    const errors = stack.datadog.events('error').map(({ error }) => [error?.message, error?.type, error?.handling])
    assert.deepEqual(errors.toSorted(), [['rejected in the worker', 'RangeError', 'unhandled'], ['thrown in the worker', 'TypeError', 'unhandled']])
    const resources = stack.datadog.events('resource').map((event) => event['resource'] as Record<string, unknown>)
    const ofWorker = resources.filter(({ url }) => String(url).startsWith(api.origin))
    assert.deepEqual(ofWorker.map(({ url, type, method, status_code }) => [url, type, method, status_code]).toSorted(), [
      [`${api.origin}/from-worker`, 'fetch', 'POST', 200],
      [`${api.origin}/missing`, 'fetch', 'GET', 404],
    ])
    for (const { first_byte } of ofWorker) assert.ok(first_byte, 'what the worker measured came, too')
  })
  const event = stack.datadog.events('error').find(({ error }) => error?.type === 'TypeError')
  assert.match(String(event?.error?.stack), /worker-main\.js/)
  assert.deepEqual(await page.evaluate(() => (window as unknown as Window).told), ['done'], 'the worker saw no message of ours')
  assert.deepEqual(heard.ours, [])
  await leave(stack, page)
})
