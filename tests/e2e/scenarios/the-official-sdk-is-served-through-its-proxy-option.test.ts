import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { PUBLIC_TOKEN } from '../harness/collector.ts'
import { actionNames, assertNothingCameTwice, errorMessages } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'
import { leave, type Stack, startStack } from '../harness/stack.ts'

/** What `remember-posts.js` keeps. */
interface Sent { url: string; body: string }

async function visit(stack: Stack, compress: boolean): Promise<Page> {
  const page = await stack.browser.newPage()
  const deflater = compress ? page.waitForEvent('worker') : undefined
  await page.goto(`${stack.site.origin}/official.html?compress=${compress}`)
  await eventually('the official SDK has started', async () => {
    assert.ok(await page.evaluate(() => (window as unknown as { DD_RUM: { getInternalContext(): unknown } }).DD_RUM.getInternalContext() !== undefined))
  })
  // A page left before the SDK's deflating worker runs loses everything: the official SDK's own affair.
  await (await deflater)?.evaluate(() => true)
  for (const button of ['save', 'throw', 'route', 'save']) await page.click(`#${button}`)
  await leave(stack, page)
  return page
}

test('every event of the official SDK arrives as it left the browser, but for what is scrubbed', async (t) => {
  const stack = await startStack(t)
  const page = await visit(stack, false)
  const sent = JSON.parse((await page.evaluate(() => sessionStorage.getItem('sent'))) ?? '[]') as Sent[]
  const sentEvents = sent.flatMap(({ body }) => body.split('\n').map((line) => JSON.parse(line) as RumEvent))
  assert.ok(sentEvents.length >= 6, `the SDK posted ${sentEvents.length} events`)

  const { datadog, collector } = stack
  await eventually('everything sent has arrived', () => assert.equal(datadog.events().length, sentEvents.length))
  const byText = (events: readonly RumEvent[]): string[] => events.map((event) => JSON.stringify(event)).sort()
  assert.ok(byText(sentEvents).join().includes('member=jane.roe'))
  // The values of URL parameters are the one thing on these pages that a scrub rule speaks of; the line and
  // column behind a URL in a stack stay.
  const scrubbed = byText(sentEvents).map((event) => event.replaceAll(/([?&]\w+=)[^"&#:]+/g, '$1[redacted]')).sort()
  // One by one: a difference is then shown beside its own event and not among all of them.
  for (const [index, event] of byText(datadog.events()).entries()) assert.equal(event, scrubbed[index])

  await t.test('with every parameter it gave, but the public token', () => {
    const withoutToken = (parameters: URLSearchParams): string => {
      const copy = new URLSearchParams(parameters)
      copy.delete('dd-api-key')
      copy.sort()
      return copy.toString()
    }
    const forwarded = sent.map(({ url }) => new URL(new URL(url).searchParams.get('ddforward') ?? '', 'http://intake'))
    assert.deepEqual([...new Set(forwarded.map(({ searchParams }) => searchParams.get('dd-api-key')))], [PUBLIC_TOKEN])
    assert.deepEqual(datadog.taken.map(({ parameters }) => withoutToken(parameters)).sort(), forwarded.map(({ searchParams }) => withoutToken(searchParams)).sort())
  })

  await t.test('and its views stand in the store beside ours', async () => {
    const views = await eventually('the store shows both views', async () => {
      const shown = await collector.views()
      assert.equal(shown.length, 2)
      assert.deepEqual(shown.map(({ errors }) => errors.length).sort(), [0, 1])
      return shown
    })
    for (const view of views) assert.equal(view.client, 'datadog')
    assert.deepEqual(views.map(({ url }) => new URL(url).pathname).sort(), ['/claims/10482', '/official.html'])
    assert.ok(views.flatMap(({ actions }) => actions).some(({ name }) => name === 'Save claim'))
    const first = views.find(({ url }) => url.includes('official.html'))
    assert.ok((first?.vitals.fcp_ms ?? 0) > 0 && (first?.vitals.ttfb_ms ?? 0) > 0)
  })
})

test('what the official SDK compresses arrives whole', async (t) => {
  const { datadog, ...stack } = await startStack(t)
  await visit({ datadog, ...stack }, true)
  await eventually('views, action and error arrive', () => {
    assert.equal(datadog.views().length, 2)
    assert.ok(actionNames(datadog.events()).includes('Save claim'))
    assert.ok(errorMessages(datadog.events()).some((message) => message.includes('claim 10482 has no statement')))
  })
  assert.ok(datadog.taken.some(({ parameters }) => parameters.get('dd-evp-encoding') === 'deflate'), 'nothing came deflated')
  assertNothingCameTwice(datadog)
})
