// `cargo xtask bench sdk`: what an SDK costs a page and its visitor's line, beside the official Datadog SDK and the
// page without any, in one interleaved run.

import { type Browser, chromium } from 'playwright-core'
import { CHROMIUM_FLAGS } from '../e2e/harness/chromium-flags.ts'
import { APPLICATION_ID, PUBLIC_TOKEN } from '../e2e/harness/collector.ts'
import { findChromium } from '../e2e/harness/places.ts'
import { Cdn, HostSite } from '../e2e/harness/site.ts'
import { Witness } from '../e2e/harness/witness.ts'
import { measureEvents, measureStart } from './page-cost.ts'
import { playSession } from './session.ts'
import { markdown, median, plain, type Row } from './table.ts'

/** The page's own cost is the first; the others are told as what they add to it. */
export const VARIANTS = ['none', 'ours', 'official'] as const
export type Variant = (typeof VARIANTS)[number]

/** Everything one page visit needs. */
export interface Bench { browser: Browser; site: HostSite; witness: Witness }

const quick = process.argv.includes('--quick')
const ROUNDS = quick ? 2 : 9
const SESSION_S = 30
const HEADER = ['what', 'page without', 'rum-wasm adds', 'Datadog 7.16.2 adds']

async function main(): Promise<void> {
  const [site, cdn, witness] = [new HostSite(), new Cdn(), await Witness.alone()]
  for (const server of [site, cdn]) await server.start()
  site.context = { cdn: cdn.origin, endpoint: `${witness.url}/shop`, applicationId: APPLICATION_ID, clientToken: PUBLIC_TOKEN }
  const browser = await chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS, '--enable-precise-memory-info'] })
  try {
    const rows = await measure({ browser, site, witness })
    console.log(process.argv.includes('--markdown') ? markdown(rows, HEADER) : plain(rows, HEADER))
  } finally {
    await browser.close()
    for (const server of [site, cdn, witness]) await server.stop()
  }
}

async function measure(bench: Bench): Promise<Row[]> {
  const costs = new Map<string, Map<Variant, number[]>>()
  const note = (name: string, variant: Variant, value: number): void => {
    const of = costs.get(name) ?? new Map<Variant, number[]>()
    costs.set(name, of.set(variant, [...(of.get(variant) ?? []), value]))
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const variant of VARIANTS) {
      console.error(`round ${round + 1} of ${ROUNDS}: ${variant}`)
      for (const [name, value] of Object.entries(await measureStart(bench, variant))) note(name, variant, value)
      for (const [name, value] of Object.entries(await measureEvents(bench, variant))) note(name, variant, value)
    }
  }
  for (const variant of VARIANTS.slice(1)) {
    console.error(`a session of ${SESSION_S} s: ${variant}`)
    for (const [name, value] of Object.entries(await playSession(bench, variant, SESSION_S))) note(name, variant, value)
  }
  return [...costs].map(([name, of]) => ({ name, values: VARIANTS.map((variant) => of.get(variant) ?? []) })).map(withDifference)
}

/** SDKs as what they add to the page without one. */
function withDifference({ name, values }: Row): Row {
  const [none = [], ...sdks] = values
  const base = none.length > 0 ? median(none) : 0
  return { name, values: [none, ...sdks.map((all) => all.map((value) => value - base))] }
}

await main()
