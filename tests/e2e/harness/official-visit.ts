// A visit of the pharmacy recorded by the official SDK: its segments, and what the page was at the end.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { APPLICATION_ID, PUBLIC_TOKEN } from './collector.ts'
import { eventually } from './eventually.ts'
import type { Segment } from './fake-datadog.ts'
import { readSent } from './official-sdk.ts'
import { click, openPharmacy } from './pharmacy.ts'
import { places } from './places.ts'
import type { StagePage } from './player-site.ts'
import { HostSite } from './site.ts'
import type { Teardown } from './teardown.ts'
import { Witness } from './witness.ts'

const DESCRIBE = readFileSync(join(places.pages, 'describe.js'), 'utf8')

export interface OfficialVisit {
  segments: Segment[]
  /** As `describe.js` tells it, `comparable`. */
  page: string
  /** PNG of what was seen. */
  picture: Buffer
}

export async function officialVisit(browser: Browser, teardown: Teardown): Promise<OfficialVisit> {
  const [site, witness] = [new HostSite(), await Witness.alone()]
  await site.start()
  teardown.add(() => site.stop())
  teardown.add(() => witness.stop())
  site.context = { cdn: site.origin, endpoint: witness.url, applicationId: APPLICATION_ID, clientToken: PUBLIC_TOKEN }
  const visitor = await openPharmacy({ browser, site }, { proxy: 'string', compress: true, rows: 30 })
  await actAtPharmacy(visitor)
  await visitor.evaluate(DESCRIBE)
  const page = await visitor.evaluate(() => (globalThis as StagePage).describe(document, 'comparable'))
  const picture = await visitor.screenshot()
  const segments = (): Segment[] => readSent(witness.posts()).segments
  await visitor.goto(`${site.origin}/left.html`)
  await eventually('the end of the visit has come', () => assert.match(JSON.stringify(segments()), /in the shadow/))
  return { segments: segments(), page, picture }
}

/** A little of all that a replay shows; the last of it says `in the shadow`. */
export async function actAtPharmacy(visitor: Page): Promise<void> {
  await click(visitor, 'change', 'save')
  await visitor.locator('#prescription').pressSequentially('RX 7')
  await visitor.locator('#note').fill('after meals')
  await visitor.locator('#generic').check()
  // By a key: the official SDK does not record what a script makes up.
  await visitor.locator('#branch').press('ArrowDown')
  await click(visitor, 'change')
  await visitor.evaluate(() => {
    const main = document.querySelector('main') as HTMLElement
    main.appendChild(document.createElement('x-note')).attachShadow({ mode: 'open' }).innerHTML = '<b>in the shadow</b>'
    main.insertAdjacentHTML('beforeend', '<svg viewBox="0 0 4 4"><linearGradient id="g"></linearGradient><rect fill="url(#g)" width="4"/></svg>')
    const rows = document.querySelector('tbody') as HTMLElement
    rows.append(rows.firstElementChild as Element)
  })
}
