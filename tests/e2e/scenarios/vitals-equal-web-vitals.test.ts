// Each page runs web-vitals and our SDK side by side; both must tell the same, and stay silent on the same.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { viewAt } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'
import { leave, openPage, type Stack, startStack } from '../harness/stack.ts'
import { assertEqualVitals, parseReference, vitalsOf, type Vitals } from '../harness/vitals.ts'

interface Case {
  name: string
  path: string
  drive?: (page: Page) => Promise<void>
  /** What makes the case worth running must really have happened. */
  happened: (reference: Vitals) => void
}

/** How long `#slower` blocks: far more than a busy machine adds to any other interaction. */
const SLOWEST_MS = 700

const cases: Case[] = [
  {
    name: 'a page where nothing moves and nobody interacts: CLS is 0, INP absent',
    path: '/stable.html',
    happened: ({ cls, inp_ms }) => assert.deepEqual([cls, inp_ms], [0, undefined]),
  },
  {
    name: 'one fast click',
    path: '/stable.html?fast',
    drive: (page) => page.click('#fast'),
    happened: ({ inp_ms }) => assert.ok(inp_ms !== undefined && inp_ms < 200, `INP ${inp_ms}`),
  },
  {
    name: 'shifts in two bursts',
    path: '/shifting.html',
    happened: ({ cls }) => assert.ok(cls !== undefined && cls > 0.01, `CLS ${cls}`),
  },
  {
    name: 'an image that comes after the text',
    path: '/late-image.html',
    happened: ({ lcp_ms, fcp_ms }) => assert.ok(lcp_ms !== undefined && fcp_ms !== undefined && lcp_ms > fcp_ms + 100, `LCP ${lcp_ms}, FCP ${fcp_ms}`),
  },
  {
    name: 'slow handlers: the slowest interaction counts',
    path: '/slow-handlers.html',
    drive: async (page) => {
      await page.click('#slow')
      await page.click('#slower')
      await page.locator('#name').pressSequentially('abc')
    },
    happened: ({ inp_ms }) => assert.ok(inp_ms !== undefined && inp_ms >= SLOWEST_MS, `INP ${inp_ms}`),
  },
  {
    name: 'more than fifty interactions: the slowest is an outlier and does not count',
    path: '/slow-handlers.html?many',
    drive: async (page) => {
      await page.click('#slower')
      await page.click('#slow')
      await page.locator('#name').pressSequentially('x'.repeat(52))
    },
    happened: ({ inp_ms }) => assert.ok(inp_ms !== undefined && inp_ms >= 150 && inp_ms < SLOWEST_MS, `INP ${inp_ms}`),
  },
]

test('vitals equal those of web-vitals in the same page run', async (t) => {
  const stack = await startStack(t)
  for (const { name, path, drive, happened } of cases) {
    await t.test(name, async () => {
      const reference = await visit(stack, path, drive)
      happened(reference)
      const ours = await eventually('the view is over', () => {
        const view = lastViewAt(stack, path)
        assert.equal(view.view['is_active'], false)
        return view
      })
      assertEqualVitals(vitalsOf(ours), reference)
      await eventually('the viewer shows them, too', async () => {
        const shown = (await stack.collector.views()).find(({ id }) => id === ours.view.id)
        assert.ok(shown)
        assertEqualVitals(Object.fromEntries(Object.entries(shown.vitals).filter(([, value]) => value !== null)), reference)
      })
    })
  }
})

async function visit(stack: Stack, path: string, drive: Case['drive']): Promise<Vitals> {
  const page = await openPage(stack, path)
  await page.locator('html[data-settled=yes]').waitFor({ state: 'attached' })
  await drive?.(page)
  await entriesAreDelivered(page)
  await leave(stack, page)
  const [reference] = parseReference(await page.evaluate(() => sessionStorage.getItem('web-vitals')))
  await page.close()
  return reference ?? {}
}

/** Event timing entries come after the next paint, and observers hear of them in a task of its own. */
async function entriesAreDelivered(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(resolve)))))
}

/** Views with the same path are told apart by their order: pages are visited one after the other. */
function lastViewAt(stack: Stack, path: string): RumEvent {
  const { pathname, search } = new URL(path, stack.site.origin)
  const views = stack.datadog.views().filter(({ view }) => new URL(view.url).pathname === pathname)
  assert.equal(views.length, search === '' ? 1 : 2, `views of ${pathname}`)
  return search === '' ? viewAt(stack.datadog, pathname) : (views.at(-1) as RumEvent)
}
