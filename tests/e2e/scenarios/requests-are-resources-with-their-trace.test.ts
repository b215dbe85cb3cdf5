import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { Api, type Asked } from '../harness/api.ts'
import { listenTo } from '../harness/console.ts'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'
import { leave, openPage, startStack, type Stack } from '../harness/stack.ts'

interface Resource extends RumEvent {
  resource: { id: string; type: string; url: string; method?: string; status_code?: number; duration?: number; size?: number; [key: string]: unknown }
  _dd: RumEvent['_dd'] & { trace_id?: string; span_id?: string; rule_psr?: number }
}
interface Start extends Stack { api: Api; page: Page }

async function start(t: TestContext, page = '/requests.html'): Promise<Start> {
  const stack = await startStack(t)
  const api = new Api()
  await api.start()
  stack.teardown.add(() => api.stop())
  return { ...stack, api, page: await openPage(stack, `${page}?api=${encodeURIComponent(api.origin)}`) }
}

const resources = ({ datadog }: Stack): Resource[] => datadog.events('resource') as Resource[]
const at = (stack: Start, path: string): Resource[] => resources(stack).filter(({ resource }) => resource.url === stack.api.origin + path)

/** The one resource of a path of the API, once it has come. */
async function one(stack: Start, path: string): Promise<Resource> {
  return eventually(`a resource of ${path}`, () => {
    const found = at(stack, path)
    assert.equal(found.length, 1, `${found.length} of ${JSON.stringify(resources(stack).map(({ resource }) => resource.url))}`)
    return found[0] as Resource
  })
}

function assertTraced({ _dd }: Resource, { headers, path }: Asked): void {
  assert.match(_dd.trace_id ?? '', /^[0-9a-f]{32}$/, path)
  const span = BigInt(_dd.span_id ?? 0).toString(16).padStart(16, '0')
  assert.equal(headers['traceparent'], `00-${_dd.trace_id}-${span}-01`)
  assert.equal(headers['x-datadog-trace-id'], String(BigInt(`0x${_dd.trace_id?.slice(16)}`)))
  assert.equal(headers['x-datadog-parent-id'], _dd.span_id)
  assert.equal(headers['x-datadog-tags'], `_dd.p.tid=${_dd.trace_id?.slice(0, 16)}`)
  assert.equal(_dd.rule_psr, 1)
}

test('every way to ask for something becomes one resource, traced from the first request on', async (t) => {
  const stack = await start(t)
  const { api, page, site } = stack
  const heard = listenTo(page)
  const text = await page.evaluate(() => (window as unknown as { askEveryWay(): Promise<string> }).askEveryWay())
  assert.equal(text, '1\n2\n3\n4\n5\n')
  await eventually('the request that is never answered is there', () => assert.equal(api.to('/silent').length, 1))
  const fault = await page.evaluate(() => {
    const { controller, aborted } = window as unknown as { controller: AbortController; aborted: Promise<string> }
    controller.abort()
    return aborted
  })
  assert.equal(fault, 'AbortError')
  await leave(stack, page)

  const expected: [path: string, type: string, method: string, status: number][] = [
    ['/first', 'fetch', 'GET', 200],
    ['/request', 'fetch', 'PUT', 200],
    ['/url', 'fetch', 'GET', 200],
    ['/unread', 'fetch', 'GET', 200],
    ['/claims', 'fetch', 'POST', 200],
    ['/broken', 'fetch', 'GET', 500],
    ['/moved', 'fetch', 'GET', 200],
    ['/opaque', 'fetch', 'GET', 200],
    ['/xhr', 'xhr', 'GET', 200],
    ['/xhr-aborted-late', 'xhr', 'POST', 200],
    ['/reused-1', 'xhr', 'GET', 200],
    ['/reused-2', 'xhr', 'GET', 200],
    ['/synchronous', 'xhr', 'GET', 200],
    ['/silent', 'fetch', 'GET', 0],
    ['/stream', 'fetch', 'GET', 200],
  ]
  for (const [path, type, method, status] of expected) {
    const { resource, ...event } = await one(stack, path)
    assert.deepEqual([path, resource.type, resource.method, resource.status_code], [path, type, method, status])
    assert.ok((resource.duration ?? -1) >= 0)
    assertTraced({ resource, ...event } as Resource, api.to(path)[0]!)
  }
  const missing = await eventually('both that are missing', () => {
    const found = at(stack, '/missing')
    assert.equal(found.length, 2)
    return found
  })
  assert.deepEqual(missing.map(({ resource }) => [resource.type, resource.status_code]).sort(), [['fetch', 404], ['xhr', 404]])
  assert.equal((await one(stack, '/beacon')).resource.type, 'beacon')
  assert.equal(api.to('/beacon')[0]?.headers['traceparent'], undefined, 'a beacon cannot carry headers')
  assert.equal(api.to('/request')[0]?.headers['x-own'], '1')

  const opaque = (await one(stack, '/opaque')).resource
  assert.equal(opaque['first_byte'], undefined, 'another origin that does not allow its times to be read')
  const read = (await one(stack, '/xhr')).resource
  assert.ok(read['first_byte'] && read['download'] && (read.size ?? 0) > 0)

  const own = (path: string): Resource[] => resources(stack).filter(({ resource }) => resource.url === site.origin + path)
  const [document] = own('/requests.html')
  assert.equal(document?.resource.type, 'document')
  assert.equal(document?.resource.status_code, 200)
  assert.equal(document?._dd.trace_id, '81985529216486895')
  assert.deepEqual([own('/pharmacy.css')[0]?.resource.type, own('/noise.bmp')[0]?.resource.type], ['css', 'image'])
  assert.equal(own('/pharmacy.css')[0]?.resource['render_blocking_status'], 'blocking')
  for (const { resource } of resources(stack)) {
    assert.ok(!resource.url.startsWith(stack.cdn.origin) && !resource.url.startsWith(stack.collector.intakeUrl), `our own ${resource.url}`)
    assert.ok(!/[?#]/.test(resource.url), resource.url)
  }
  const view = stack.datadog.views().find((view) => view.view.url.endsWith('/requests.html'))
  assert.equal((view?.view as { resource?: { count: number } }).resource?.count, resources(stack).filter((event) => event.view.id === view?.view.id).length)
  assert.deepEqual(heard.ours, [])
})

test("a rejected fetch is the page's own to handle, and so is its failure", async (t) => {
  const stack = await start(t)
  const { page } = stack
  await page.click('button')
  await eventually("the page's listener has fired", async () => {
    assert.deepEqual(await page.evaluate(() => (window as unknown as { seen: string[] }).seen), ['TypeError: Failed to fetch'])
  })
  await leave(stack, page)
  await eventually('both are resources without answer', () => {
    const failed = resources(stack).filter(({ resource }) => resource.url.startsWith('http://127.0.0.1:1/'))
    assert.deepEqual(failed.map(({ resource, _dd }) => [resource.status_code, _dd.trace_id]), [[0, undefined], [0, undefined]])
  })
})

test('a GraphQL request tells its operation, and requests the headers that were asked for', async (t) => {
  const stack = await start(t)
  // Before the core is there nobody copies an answer, and the page reads it.
  await stack.page.waitForFunction(() => (window as unknown as { RUM: { getInternalContext(): object | undefined } }).RUM.getInternalContext())
  await stack.page.evaluate(async () => {
    const { api } = window as unknown as { api: string }
    const body = JSON.stringify({ query: 'query Claims { claims { id } }', operationName: 'Claims', variables: { state: 'open' } })
    const response = await fetch(`${api}/graphql`, { method: 'POST', body, headers: { 'content-type': 'application/json', authorization: 'Bearer s' } })
    await response.json()
  })
  const { resource } = await one(stack, '/graphql')
  assert.deepEqual(resource['graphql'], { operationType: 'query', operationName: 'Claims', variables: '{"state":"open"}', payload: 'query Claims { claims { id } }', error_count: 1 })
  assert.deepEqual(resource['request'], { headers: { 'content-type': 'application/json' } })
  const { headers } = resource['response'] as { headers: Record<string, string> }
  assert.deepEqual([headers['x-request-id'], headers['etag'], headers['cache-control']], ['42', '"7"', 'no-store'])
})

test('a request to nobody on the list stays simple', async (t) => {
  const stack = await start(t)
  const other = new Api()
  await other.start()
  stack.teardown.add(() => other.stop())
  await stack.page.evaluate(async (origin) => void (await fetch(`${origin}/claims`)), other.origin)
  assert.deepEqual(other.preflights, [])
  assert.equal(other.to('/claims')[0]?.headers['traceparent'], undefined)
})

test('what the application loads itself is a resource when it says so', async (t) => {
  const stack = await start(t)
  await stack.page.evaluate(() => {
    const { RUM } = window as unknown as { RUM: { startResource(url: string, options?: object): void; stopResource(url: string, options?: object): void } }
    RUM.startResource('https://native.example/claims?member=42', { type: 'xhr', method: 'get', context: { a: 1 } })
    RUM.stopResource('https://native.example/claims?member=42', { statusCode: 201, size: 77, context: { b: 2 } })
    RUM.stopResource('https://native.example/never-started')
  })
  await eventually('it came', async () => {
    await stack.page.evaluate(() => document.title)
    const [event, ...others] = resources(stack).filter(({ resource }) => resource.url.startsWith('https://native'))
    assert.deepEqual(others, [])
    assert.equal(event?.resource.url, 'https://native.example/claims')
    const { type, method, status_code, size } = event.resource
    assert.deepEqual([type, method, status_code, size], ['xhr', 'GET', 201, 77])
    assert.deepEqual((event as unknown as { context: unknown }).context, { a: 1, b: 2 })
  })
})
