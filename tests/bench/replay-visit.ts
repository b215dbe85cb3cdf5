// One visit of a page with one recorder: what each piece of work costs the page's main thread and its whole process.

import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { eventually } from '../e2e/harness/eventually.ts'
import type { Seen, Witness } from '../e2e/harness/witness.ts'
import { begin, isIdle, isSegment, keptInPage, load, type Places, type RecorderName, type Wire, wireOf } from './recorders.ts'

/** Recorders that wait for idle moments, and engines that work elsewhere, are done by then. */
const SETTLE_MS = 1_500
/** Segments are sent every 5 s by ours and Datadog's, and when the page is left. */
const LEAVE_MS = 1_500

export interface Cost { main_ms: number; script_ms: number; process_ms: number; longest_ms: number }

export interface Visit { snapshot: Cost; work: Map<string, Cost>; heap_kib: number; wire: Wire }

type Working = typeof globalThis & { work: Record<string, () => Promise<void>> }

export interface Bench extends Places { browser: Browser; witness: Witness }

export async function visit(bench: Bench, recorder: RecorderName, path: string, work: readonly string[]): Promise<Visit> {
  const context = await bench.browser.newContext({ viewport: { width: 1_280, height: 720 } })
  const seen = bench.witness.seen.length
  try {
    const page = await context.newPage()
    await page.goto(`${bench.siteOrigin}${path}`, { waitUntil: 'load' })
    await load(page, recorder, bench)
    await pause(SETTLE_MS)
    const meter = await Meter.of(bench.browser, page)
    const snapshot = await meter.cost(() => begin(page, recorder))
    const costs = new Map<string, Cost>()
    for (const name of work) costs.set(name, await meter.cost(() => page.evaluate((given) => (globalThis as Working).work[given]?.(), name)))
    const heap_kib = await meter.heap()
    if (recorder === 'rrweb') return { snapshot, work: costs, heap_kib, wire: await keptInPage(page) }
    const segments = (): Seen[] => bench.witness.seen.slice(seen).filter(isSegment)
    // A recorder that was refused or failed costs nothing.
    if (!isIdle(recorder)) await eventually('a segment was sent', () => assert.ok(segments().length > 0))
    await page.goto(`${bench.siteOrigin}/left.html`)
    await pause(LEAVE_MS)
    return { snapshot, work: costs, heap_kib, wire: wireOf(segments()) }
  } finally {
    await context.close()
  }
}

interface Metrics { TaskDuration: number; ScriptDuration: number; JSHeapUsedSize: number }

/** The browser's own counters: CPU of the main thread, of all renderer processes, and its tasks one by one. */
class Meter {
  private readonly cdp: CDPSession
  private readonly system: CDPSession

  private constructor(cdp: CDPSession, system: CDPSession) {
    this.cdp = cdp
    this.system = system
  }

  static async of(browser: Browser, page: Page): Promise<Meter> {
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
    return new Meter(cdp, await browser.newBrowserCDPSession())
  }

  async cost(run: () => Promise<unknown>): Promise<Cost> {
    const tasks = await Tasks.of(this.system)
    const [before, process] = [await this.metrics(), await this.processMs()]
    await run()
    await pause(SETTLE_MS)
    const [after, processAfter] = [await this.metrics(), await this.processMs()]
    return {
      main_ms: (after.TaskDuration - before.TaskDuration) * 1_000,
      script_ms: (after.ScriptDuration - before.ScriptDuration) * 1_000,
      process_ms: processAfter - process,
      longest_ms: await tasks.longestMs(),
    }
  }

  async heap(): Promise<number> {
    await this.cdp.send('HeapProfiler.collectGarbage')
    return (await this.metrics()).JSHeapUsedSize / 1_024
  }

  private async metrics(): Promise<Metrics> {
    const { metrics } = await this.cdp.send('Performance.getMetrics')
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value])) as unknown as Metrics
  }

  /** Of all renderers: the page's is the only one that does anything. */
  private async processMs(): Promise<number> {
    const { processInfo } = await this.system.send('SystemInfo.getProcessInfo')
    return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime * 1_000, 0)
  }
}

interface TraceEvent { name: string; ph: string; pid: number; tid: number; dur?: number; tdur?: number; args?: { name?: string } }

/** Tasks of renderers' main threads, traced while something is measured. */
class Tasks {
  private readonly system: CDPSession
  private readonly events: TraceEvent[] = []

  private constructor(system: CDPSession) {
    this.system = system
    system.on('Tracing.dataCollected', this.take)
  }

  static async of(system: CDPSession): Promise<Tasks> {
    const tasks = new Tasks(system)
    await system.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel', '__metadata'] } })
    return tasks
  }

  /** In CPU time of its thread: a busy machine makes no task longer. */
  async longestMs(): Promise<number> {
    const complete = new Promise((done) => this.system.once('Tracing.tracingComplete', done))
    await this.system.send('Tracing.end')
    await complete
    this.system.off('Tracing.dataCollected', this.take)
    const mains = new Set(this.events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`))
    return this.events.filter(({ ph, pid, tid }) => ph === 'X' && mains.has(`${pid} ${tid}`)).reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1_000), 0)
  }

  private readonly take = ({ value }: { value: unknown[] }): void => {
    this.events.push(...(value as TraceEvent[]))
  }
}
