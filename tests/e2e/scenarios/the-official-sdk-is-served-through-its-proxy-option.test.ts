import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { APPLICATION_ID, PUBLIC_TOKEN } from '../harness/collector.ts'
import { eventually } from '../harness/eventually.ts'
import type { Log, RumEvent } from '../harness/fake-datadog.ts'
import { ask } from '../harness/http-request.ts'
import { ALL_TRACKS, forwarded, tracksOf } from '../harness/official-sdk.ts'
import { click, openPharmacy } from '../harness/pharmacy.ts'
import { officialQuery } from '../harness/raw-batches.ts'
import { everythingArrives, leave, leaveWitnessed, type Stack, startServers, startStack, startWitnessedStack } from '../harness/stack.ts'
import type { Seen } from '../harness/witness.ts'

/** What `remember-posts.js` keeps. */
interface Sent { url: string; body: string }

async function visit(stack: Stack): Promise<Page> {
  const page = await stack.browser.newPage()
  await page.goto(`${stack.site.origin}/official.html`)
  await eventually('the official SDK has started', async () => {
    assert.ok(await page.evaluate(() => (window as unknown as { DD_RUM: { getInternalContext(): unknown } }).DD_RUM.getInternalContext() !== undefined))
  })
  for (const button of ['save', 'throw', 'route', 'save']) await page.click(`#${button}`)
  await leave(stack, page)
  return page
}

test('every event of the official SDK arrives as it left the browser, but for what is scrubbed', async (t) => {
  const stack = await startStack(t)
  const page = await visit(stack)
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

test('what the official SDK compresses arrives whole, by both forms of its proxy option', async (t) => {
  const stack = await startWitnessedStack(t)
  const { witness } = stack
  const forms = ['string', 'function'] as const
  const postsBy = (form: (typeof forms)[number]): Seen[] => witness.acknowledged().filter(({ path }) => path.includes('ddforward') === (form === 'string'))
  await Promise.all(forms.map(async (form) => {
    const page = await openPharmacy(stack, { proxy: form, compress: true })
    await eventually(`a deflated batch has come by the ${form} while the page was open`, async () => {
      await click(page, 'save', 'throw', 'log', 'change')
      assert.ok(postsBy(form).some((post) => forwarded(post).searchParams.has('dd-evp-encoding')))
    })
    await leaveWitnessed(stack, page)
    await eventually('all three tracks have come', () => assert.deepEqual(tracksOf(postsBy(form)), ALL_TRACKS))
  }))
  await everythingArrives(stack)
})

/** The official logs SDK takes the option and does not compress; others that speak its wire do. */
test('deflated logs arrive as they were', async (t) => {
  const { collector, datadog, site } = await startServers(t)
  const log = (message: string): Log => ({ date: Date.now(), message, status: 'info', origin: 'logger', application_id: APPLICATION_ID, view: { url: `${site.origin}/claims?page=2` } })
  const logs = ['claim submitted', 'claim paid: “déjà vu” 💊'].map(log)
  const body = deflateSync(logs.map((one) => JSON.stringify(one)).join('\n'))
  const query = officialQuery('logs', { 'dd-evp-encoding': 'deflate' })
  const answer = await ask(new URL(`/shop/dd/api/v2/logs?${query}`, collector.intakeUrl), 'POST', { origin: site.origin, 'content-type': 'text/plain', 'user-agent': 'a test' }, body)
  assert.equal(answer.status, 202, answer.body.toString())
  await eventually('they have arrived', () => assert.deepEqual(datadog.logs(), logs))
  assert.equal(datadog.taken[0]?.parameters.get('dd-evp-encoding'), 'deflate')
})
