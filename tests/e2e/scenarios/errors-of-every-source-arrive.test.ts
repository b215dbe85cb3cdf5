import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { listenTo } from '../harness/console.ts'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'
import { leave, openPage, startWitnessedStack } from '../harness/stack.ts'

type ErrorEvent = Record<string, unknown> & { message: string; stack?: string; causes?: { message: string; type?: string }[] }

/** Errors by their message. */
function byMessage(events: readonly RumEvent[]): Map<string, ErrorEvent> {
  return new Map(events.map(({ error }) => [error?.message ?? '', error as unknown as ErrorEvent]))
}

test('errors of every source arrive, as what they are, and tell nothing of the page', async (t) => {
  const stack = await startWitnessedStack(t)
  const { site, cdn, datadog, witness } = stack
  site.pageHeaders.set('/errors.html', { 'content-security-policy-report-only': "img-src 'self'" })
  const page = await openPage(stack, '/errors.html')
  const heard = listenTo(page)
  const printed: string[] = []
  page.on('console', (message) => printed.push(message.text()))
  await page.evaluate(() => (window as unknown as { fail(): Promise<void> }).fail())
  await page.click('#throw')
  await leave(stack, page)
  const errors = await eventually('all errors arrive', () => {
    const told = byMessage(datadog.events('error'))
    assert.deepEqual([...told.keys()].map((message) => message.replace(/^deprecation: .*/s, 'deprecation')).toSorted(), [
      'Uncaught a reason',
      'both failed',
      'cannot save [object Object] RangeError: no slot',
      `csp_violation: '${cdn.origin}/none.png' blocked by 'img-src' directive`,
      'deprecation',
      `img failed: GET ${cdn.origin}/none.png`,
      'outer',
      `script failed: GET ${site.origin}/none.js`,
      'thrown by the page',
    ])
    return told
  })
  const told = (start: string): ErrorEvent => {
    const found = [...errors].find(([message]) => message.startsWith(start))?.[1]
    assert.ok(found, start)
    return found
  }

  await t.test('each with its source, type and handling', () => {
    for (const [start, source, type, handling] of [
      ['Uncaught', 'source', undefined, 'unhandled'],
      ['both failed', 'source', 'AggregateError', 'unhandled'],
      ['cannot save', 'console', 'RangeError', 'handled'],
      ['csp_violation', 'report', 'img-src', 'unhandled'],
      ['deprecation', 'report', told('deprecation')['type'], 'unhandled'],
      ['img failed', 'network', undefined, 'unhandled'],
      ['outer', 'custom', 'Error', 'handled'],
    ] as const) {
      const error = told(start)
      assert.deepEqual([error['source'], error['type'], error['handling']], [source, type, handling], start)
    }
    assert.deepEqual(told('csp_violation')['csp'], { disposition: 'report' })
    assert.deepEqual(told('img failed')['resource'], { method: 'GET', status_code: 0, url: `${cdn.origin}/none.png` })
  })

  await t.test('with the errors behind it and what the application said of it', () => {
    const names = (error: ErrorEvent): string[] => (error.causes ?? []).map(({ message }) => message)
    assert.deepEqual(names(told('outer')), ['inner', 'a text'])
    assert.deepEqual(names(told('both failed')), ['first', 'second'])
    const outer = datadog.events('error').find(({ error }) => error?.message === 'outer')
    assert.deepEqual(outer?.['context'], { own: 1, step: 2 })
    assert.equal(told('outer')['fingerprint'], 'outer-fault')
    assert.match(String(told('outer')['component_stack']), /at Claim \(http:\/\/shop\.example\/x\.js:1:2\)/)
    for (const start of ['outer', 'cannot save']) {
      const lines = String(told(start)['handling_stack']).split('\n')
      assert.match(lines[1] ?? '', /errors\.html/, 'the first frame is the page’s')
    }
  })

  await t.test('with stacks in Datadog’s form', () => {
    for (const start of ['outer', 'both failed', 'thrown by the page', 'deprecation']) {
      const [head = '', first = ''] = told(start).stack?.split('\n') ?? []
      assert.ok(head.endsWith(told(start).message), head)
      // What a wrapped function does, browsers say is done by the wrapper.
      const file = start === 'deprecation' ? '(errors\\.html|rum\\.js)' : 'errors\\.html'
      assert.match(first, new RegExp(`^ {2}at \\S+.* @ http://127\\.0\\.0\\.1:\\d+/${file}:\\d+:\\d+$`), start)
    }
  })

  await t.test('the error of a click is its click’s', () => {
    const [click] = datadog.events('action')
    const thrown = datadog.events('error').find(({ error }) => error?.message === 'thrown by the page')
    assert.equal((thrown?.action as { id: string }).id, click?.action?.id)
    assert.deepEqual((click?.action as unknown as { error: unknown }).error, { count: 1 })
    assert.ok((click?.action as unknown as { frustration: { type: string[] } }).frustration.type.includes('error_click'))
  })

  await t.test('the page’s console and handlers saw what they see without us', () => {
    assert.ok(printed.some((text) => text.startsWith('cannot save')), 'console.error still prints')
    assert.deepEqual(heard.ours, [])
  })

  await t.test('no planted text is in any byte that was sent', () => {
    const sent = witness.posts().map(({ body }) => (body[0] === 0x78 ? inflateSync(body) : body).toString('latin1'))
    assert.ok(sent.some((text) => text.includes('cannot save')), 'bodies are read')
    for (const text of sent) for (const secret of ['planted', 'Jane', '1970']) assert.ok(!text.includes(secret), secret)
  })
})
