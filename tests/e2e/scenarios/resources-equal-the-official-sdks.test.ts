import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Api } from '../harness/api.ts'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'
import { leave, openPage, startStack } from '../harness/stack.ts'

type Resource = RumEvent & { resource: { url: string; type: string; method?: string; status_code?: number }; _dd: { sdk_name?: string } }

/** Chromium measures an answer nobody reads, and a request given up, too late or never; the official SDK tells nothing then. */
const OURS_ALONE = ['/unread', '/silent']

/** Of an object that is opened anew in its own handler the official SDK reads the status too late, and tells 0. */
const MISTAKEN = new Map([['xhr GET 0 /missing', 'xhr GET 404 /missing'], ['xhr GET 0 /reused-2', 'xhr GET 200 /reused-2']])

test('on the same page both SDKs tell the same resources', async (t) => {
  const stack = await startStack(t)
  const api = new Api()
  await api.start()
  stack.teardown.add(() => api.stop())
  const page = await openPage(stack, `/both.html?api=${encodeURIComponent(api.origin)}`)
  await page.evaluate(() => (window as unknown as { askEveryWay(): Promise<string> }).askEveryWay())
  await page.evaluate(() => (window as unknown as { controller: AbortController }).controller.abort())

  const ofThePage = (url: string): boolean => url.startsWith(stack.site.origin) || url.startsWith(api.origin)
  const told = (isOurs: boolean): string[] =>
    (stack.datadog.events('resource') as Resource[])
      .filter(({ _dd, resource }) => (_dd.sdk_name === 'rum-wasm') === isOurs && ofThePage(resource.url))
      .map(({ resource }) => `${resource.type} ${resource.method ?? '-'} ${resource.status_code ?? '-'} ${new URL(resource.url).pathname}`)
      .map((line) => (isOurs ? line : (MISTAKEN.get(line) ?? line)))
      .filter((line) => !OURS_ALONE.some((path) => line.endsWith(path)))
      .toSorted()
  await eventually('the stream, which ends last, was measured', async () => {
    assert.ok(await page.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/stream'))))
  })
  await leave(stack, page)
  await eventually('both have told everything', () => {
    assert.ok(told(false).length > 15, `the official SDK told ${told(false).length}`)
    assert.deepEqual(told(true), told(false))
  })
  for (const path of OURS_ALONE) {
    const found = (stack.datadog.events('resource') as Resource[]).filter(({ resource }) => resource.url === api.origin + path)
    assert.equal(found.filter(({ _dd }) => _dd.sdk_name === 'rum-wasm').length, 1, path)
  }
})
