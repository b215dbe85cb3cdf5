// One page, many visits: each makes one rule of the vitals matter, and web-vitals' attribution build is the judge.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'
import type { RawTab } from '../harness/raw-chromium.ts'
import { becomes, coreRuns, isSettled, leave, type Place, start } from '../harness/raw-place.ts'
import { HostSite } from '../harness/site.ts'
import { assertEqualCauses, assertEqualVitals, vitalsOf, type Causes, type Vitals } from '../harness/vitals.ts'

interface Case {
  name: string
  drive(tab: RawTab, place: Place, stranger: HostSite): Promise<void>
  /** What makes the case worth running must really have happened. */
  happened(vitals: Vitals, causes: Causes): void
}

const image = (site: HostSite, after_ms = 0): string => `showImage('${site.origin}/noise.bmp?after_ms=${after_ms}')`
const isDueTo = (causes: Causes, target: string): void => assert.equal(causes.lcp_ms?.['target'], target)

const cases: readonly Case[] = [
  {
    name: 'an image is the largest paint, and it came late',
    drive: (tab, { site }) => tab.evaluate(image(site, 300)),
    happened: (_, { lcp_ms }) => {
      assert.equal(lcp_ms?.['target'], '#image')
      assert.ok(Number(lcp_ms?.['resourceLoadDuration']) >= 250 && Number(lcp_ms?.['resourceLoadDelay']) > 0, JSON.stringify(lcp_ms))
    },
  },
  {
    name: 'an image of another origin that does not allow timing',
    drive: (tab, _, stranger) => tab.evaluate(image(stranger, 300)),
    happened: (_, { lcp_ms }) => {
      assert.equal(lcp_ms?.['target'], '#image')
      assert.ok(Number(lcp_ms?.['resourceLoadDuration']) >= 250, JSON.stringify(lcp_ms))
    },
  },
  {
    name: 'an image after a key: the text before it counts',
    drive: async (tab, { site }) => {
      await tab.press('a')
      await tab.evaluate(image(site))
    },
    happened: (_, causes) => isDueTo(causes, '#title'),
  },
  {
    name: 'an image after a click: the text before it counts',
    drive: async (tab, { site }) => {
      await tab.click('#fast')
      await tab.evaluate(image(site))
    },
    happened: (_, causes) => isDueTo(causes, '#title'),
  },
  {
    name: 'an image after a scripted click: it counts',
    drive: async (tab, { site }) => {
      await tab.evaluate("element('fast').click()")
      await tab.evaluate(image(site))
    },
    happened: (_, causes) => isDueTo(causes, '#image'),
  },
  {
    name: 'an image after the tab was hidden: the text before it counts',
    drive: async (tab, { site, chromium }) => {
      const other = await chromium.openTab(`${site.origin}/left.html`, 'in front')
      await becomes(tab, 'hidden')
      await tab.activate()
      await becomes(tab, 'visible')
      await other.close()
      await tab.evaluate(image(site))
    },
    happened: (_, causes) => isDueTo(causes, '#title'),
  },
  {
    name: 'a text that fades in',
    drive: (tab) => tab.evaluate('fadeIn()'),
    happened: ({ lcp_ms, fcp_ms }, causes) => {
      isDueTo(causes, '#fade')
      assert.ok(Number(lcp_ms) > Number(fcp_ms) + 150, `LCP ${lcp_ms}, FCP ${fcp_ms}`)
    },
  },
  {
    name: 'shifts more than a second apart are windows of their own: the worst counts',
    drive: (tab) => tab.evaluate('pushEvery(500, [20, 30]).then(() => after(1100)).then(() => pushEvery(0, [90]))'),
    happened: ({ cls }, causes) => assert.ok(Number(cls) > 0.01 && Number(cls) < 1.9 * Number(causes.cls?.['largestShiftValue']), `CLS ${cls}`),
  },
  {
    name: 'a window lasts five seconds at most',
    drive: (tab) => tab.evaluate('pushEvery(700, [10, 10, 10, 10, 10, 10, 10, 10, 10])'),
    happened: ({ cls }, causes) => assert.ok(Number(cls) > 3 * Number(causes.cls?.['largestShiftValue']), `CLS ${cls}`),
  },
  {
    name: 'a shift right after a click is expected, a later one is not',
    drive: async (tab) => {
      await tab.click('#pushes')
      await tab.evaluate('after(700).then(() => push(10))')
    },
    happened: ({ cls }) => assert.ok(Number(cls) > 0 && Number(cls) < 0.05, `CLS ${cls}`),
  },
  {
    name: 'slow handlers of all events of a click, whose entries come out of order',
    drive: async (tab) => {
      await tab.click('#slow')
      await tab.evaluate('shown()')
    },
    happened: ({ inp_ms }, causes) => {
      assert.equal(causes.inp_ms?.['interactionTarget'], '#slow')
      assert.ok(Number(inp_ms) >= 120 && Number(causes.inp_ms?.['processingDuration']) >= 120, JSON.stringify(causes.inp_ms))
    },
  },
  {
    name: 'what happens in a frame is not of this page',
    drive: async (tab) => {
      await tab.evaluate("element('frame').hidden = false, element('frame').src = '/restless-frame.html'")
      await eventually('the frame has shifted', async () => {
        assert.equal(await tab.evaluate("element('frame').contentDocument.documentElement.dataset.shifts"), '1')
      })
      await tab.evaluate('shown()')
    },
    happened: ({ inp_ms }, causes) => {
      isDueTo(causes, '#title')
      assert.equal(inp_ms, undefined)
    },
  },
]

test('vitals, and what they are due to, equal those of web-vitals', async (t) => {
  const place = await start(t)
  // Serves images without `Timing-Allow-Origin`.
  const stranger = new HostSite()
  await stranger.start()
  place.teardown.add(() => stranger.stop())
  const seen = new Set<string>()
  for (const { name, drive, happened } of cases) {
    await t.test(name, async () => {
      const tab = await place.chromium.openTab(`${place.site.origin}/stage.html`, 'in front')
      await coreRuns(tab)
      await isSettled(tab)
      await drive(tab, place, stranger)
      const { visits: [vitals = {}], causes: [causes = {}] } = await leave(place, tab)
      const view = await eventually('the view is over', () => {
        const [ended, ...more] = place.datadog.views().filter(({ view: { id } }) => !seen.has(id))
        assert.deepEqual([ended?.view['is_active'], more.length], [false, 0])
        return ended as RumEvent
      })
      seen.add(view.view.id)
      happened(vitals, causes)
      assertEqualVitals(vitalsOf(view), vitals)
      assertEqualCauses(view, causes)
      await tab.close()
    })
  }
})
