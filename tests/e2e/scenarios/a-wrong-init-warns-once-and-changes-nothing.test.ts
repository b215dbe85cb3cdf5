import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { APPLICATION_ID } from '../harness/collector.ts'
import { listenTo } from '../harness/console.ts'
import { eventually } from '../harness/eventually.ts'
import { coreRuns, type Stack, startStack } from '../harness/stack.ts'

type WindowWithRum = Window & { RUM: { init(options: unknown): void } }

const id = APPLICATION_ID
const endpoint = 'http://127.0.0.1:1'

const refused: [what: string, options: unknown, option: RegExp][] = [
  ['no application id', { endpoint }, /applicationId/],
  ['an application id that is a number', { applicationId: 42, endpoint }, /applicationId/],
  ['no endpoint', { applicationId: id }, /endpoint/],
  ['an endpoint that is no URL', { applicationId: id, endpoint: 'ftp://files.example' }, /endpoint/],
  ['a consent that cannot be read', { applicationId: id, endpoint, trackingConsent: true }, /trackingConsent/],
  ['several at once', { applicationId: '', endpoint: null, trackingConsent: 7 }, /applicationId.*trackingConsent.*endpoint/],
  ['nothing at all', undefined, /applicationId.*endpoint/],
  ['a text', 'start please', /applicationId.*endpoint/],
]

/** Everything an SDK is tempted to patch, and the page's own names. */
function pageState(): unknown {
  const patchable = [window.fetch, XMLHttpRequest.prototype.open, XMLHttpRequest.prototype.send, history.pushState, history.replaceState, console.error, console.warn, addEventListener, navigator.sendBeacon]
  const known = (window as unknown as { known?: unknown[] }).known ?? patchable
  Object.defineProperty(window, 'known', { value: known, configurable: true, enumerable: false })
  return {
    unpatched: patchable.every((value, index) => value === known[index]),
    names: Object.keys(window).filter((name) => name !== 'RUM').sort(),
    handlers: [window.onerror, window.onunhandledrejection],
    stored: [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie],
    elements: document.querySelectorAll('*').length,
  }
}

async function loaderPage(stack: Stack): Promise<Page> {
  const page = await stack.browser.newPage()
  await page.goto(`${stack.site.origin}/bare.html`)
  await page.addScriptTag({ url: `${stack.cdn.origin}/rum.js` })
  return page
}

test('an init that cannot start warns once, by the name of the option, and leaves the page as it was', async (t) => {
  const stack = await startStack(t)
  for (const [what, options, option] of refused) {
    await t.test(what, async () => {
      const page = await loaderPage(stack)
      const heard = listenTo(page)
      const before = await page.evaluate(pageState)
      await page.evaluate((given) => (window as unknown as WindowWithRum).RUM.init(given), options)
      // Whatever the SDK would start, it would start after a paint and an idle moment.
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => requestIdleCallback(resolve)))))
      assert.equal(heard.ours.length, 1, heard.ours.join('\n'))
      assert.match(heard.ours[0] ?? '', option)
      assert.deepEqual(heard.requests, [])
      assert.deepEqual(heard.uncaught, [])
      assert.deepEqual(await page.evaluate(pageState), before)
      await page.close()
    })
  }
})

test('a script tag without an application id warns once and asks for nothing', async (t) => {
  const stack = await startStack(t)
  const page = await stack.browser.newPage()
  await page.goto(`${stack.site.origin}/bare.html`)
  const heard = listenTo(page)
  await page.evaluate((src) => new Promise((resolve) => {
    const script = document.createElement('script')
    script.src = src
    script.dataset['endpoint'] = 'http://127.0.0.1:1'
    script.onload = resolve
    document.head.append(script)
  }), `${stack.cdn.origin}/rum.js`)
  assert.equal(heard.ours.length, 1)
  assert.match(heard.ours[0] ?? '', /applicationId/)
  assert.deepEqual(heard.requests, [`${stack.cdn.origin}/rum.js`])
})

test('a wrong option that is not needed warns once, and the rest starts', async (t) => {
  const stack = await startStack(t)
  const page = await loaderPage(stack)
  const heard = listenTo(page)
  await page.evaluate((given) => (window as unknown as WindowWithRum).RUM.init(given), {
    applicationId: id, clientToken: stack.site.context?.clientToken, endpoint: stack.site.context?.endpoint, sessionSampleRate: '100', sevrice: 'shop',
  })
  await coreRuns(page)
  // One warning of the options everybody has, and one of the others: those are judged by a part loaded for them.
  assert.equal(heard.ours.length, 2, heard.ours.join('\n'))
  assert.match(heard.ours.join('\n'), /sessionSampleRate must be[^]*sevrice is not an option/)
  await page.close()
  await eventually('the view arrives', () => assert.equal(stack.datadog.views().length, 1))
})
