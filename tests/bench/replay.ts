// `cargo xtask bench replay`: what recording a page costs it, beside rrweb, Datadog's recorder and the page alone, in one
// interleaved run.

import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS } from '../e2e/harness/chromium-flags.ts'
import { findChromium } from '../e2e/harness/places.ts'
import { HostSite } from '../e2e/harness/site.ts'
import { Witness } from '../e2e/harness/witness.ts'
import { isIdle, RECORDERS, type RecorderName } from './recorders.ts'
import { verdicts } from './replay-budgets.ts'
import { type Bench, type Cost, visit } from './replay-visit.ts'
import { markdown, median, plain, type Row } from './table.ts'

const quick = process.argv.includes('--quick')
const ROUNDS = quick ? 1 : 3
/** `--only table,storms`: some of the visits; no table to publish. */
const only = process.argv[process.argv.indexOf('--only') + 1]?.split(',') ?? []
const isAsked = (name: string): boolean => !process.argv.includes('--only') || only.includes(name)
const HEADER = ['what', 'page alone', 'rum-wasm adds', 'Datadog 7.16.2 adds', 'rrweb 2.2.2 adds', 'rum-wasm without replay', 'Datadog without replay']

/** Pages, and what happens in them after the first snapshot. */
const VISITS: readonly { name: string; path: string; work: readonly string[] }[] = [
  { name: 'table', path: '/bench-replay.html?page=table', work: ['churn'] },
  { name: 'storms', path: '/bench-replay.html?page=5000', work: ['append', 'attributes', 'scroll', 'render'] },
  { name: '1k', path: '/bench-replay.html?page=1000', work: [] },
  { name: '10k', path: '/bench-replay.html?page=10000', work: ['routes'] },
  { name: '50k', path: '/bench-replay.html?page=50000', work: [] },
]

/** Says yes to recording, openly, and takes whatever comes. */
const POLICY = JSON.stringify({ version: 1, replay: true, lock: false, level: 'allow' })

async function main(): Promise<void> {
  const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/json' }
  const witness = await Witness.start(({ path }) => Promise.resolve({ status: path.includes('/v1/p?') ? 200 : 202, headers, body: Buffer.from(path.includes('/v1/p?') ? POLICY : '') }))
  const site = new HostSite()
  await site.start()
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
  try {
    const rows = await measure({ browser, witness, siteOrigin: site.origin, collectorUrl: witness.url })
    const isDocument = process.argv.includes('--markdown')
    console.log(isDocument ? markdown(rows, HEADER) : plain(rows, HEADER))
    console.log(`\n${verdicts(rows).map((verdict) => (isDocument ? `- ${verdict}` : verdict)).join('\n')}`)
  } finally {
    await browser.close()
    for (const server of [site, witness]) await server.stop()
  }
}

async function measure(bench: Bench): Promise<Row[]> {
  const figures = new Map<string, Map<RecorderName, number[]>>()
  const note = (name: string, recorder: RecorderName, value: number): void => {
    const of = figures.get(name) ?? new Map<RecorderName, number[]>()
    figures.set(name, of.set(recorder, [...(of.get(recorder) ?? []), value]))
  }
  const noteCost = (name: string, recorder: RecorderName, { main_ms, script_ms, process_ms, longest_ms }: Cost): void => {
    note(`${name}: main thread, ms`, recorder, main_ms)
    note(`${name}: script, ms`, recorder, script_ms)
    note(`${name}: process, ms`, recorder, process_ms)
    note(`${name}: longest task, ms`, recorder, longest_ms)
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, path, work } of VISITS.filter(({ name }) => isAsked(name))) {
      // Where nothing happens an SDK without a recording does nothing either.
      for (const recorder of RECORDERS.filter((one) => work.length > 0 || !one.endsWith(' idle'))) {
        console.error(`round ${round + 1} of ${ROUNDS}: ${name}, ${recorder}`)
        const { snapshot, work: costs, heap_kib, wire } = await visit(bench, recorder, path, work)
        noteCost(`${name}: first snapshot`, recorder, snapshot)
        for (const [piece, cost] of costs) noteCost(`${name}: ${piece}`, recorder, cost)
        if (name === 'storms') noteCost('storms: sum of four', recorder, sum([...costs.values()]))
        note(`${name}: JS heap, KiB`, recorder, heap_kib)
        if (!isIdle(recorder)) {
          note(`${name}: raw, KB`, recorder, wire.raw / 1_000)
          note(`${name}: wire, KB`, recorder, wire.wire / 1_000)
        }
      }
    }
  }
  return [...figures].map(([name, of]) => ({ name, values: RECORDERS.map((recorder) => of.get(recorder) ?? []) })).map(withDifference)
}

function sum(costs: readonly Cost[]): Cost {
  const total = (of: (cost: Cost) => number): number => costs.reduce((all, cost) => all + of(cost), 0)
  return {
    main_ms: total(({ main_ms }) => main_ms),
    script_ms: total(({ script_ms }) => script_ms),
    process_ms: total(({ process_ms }) => process_ms),
    longest_ms: Math.max(...costs.map(({ longest_ms }) => longest_ms)),
  }
}

/** Recorders as what they add to the page alone; of a longest task there is no difference to take. */
function withDifference({ name, values }: Row): Row {
  const [none = [], ...recorders] = values
  const base = none.length > 0 && !name.includes('longest task') ? median(none) : 0
  return { name, values: [none, ...recorders.map((all) => all.map((value) => value - base))] }
}

await main()
