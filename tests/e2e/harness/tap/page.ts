// What runs in the page: the tap without engine, and what its operations are held against.

import { Batches } from '../../../../js-loader/src/replay/batches.ts'
import { NodeIds } from '../../../../js-loader/src/replay/ids.ts'
import { Mutations } from '../../../../js-loader/src/replay/mutations.ts'
import { type Op, Ops } from '../../../../js-loader/src/replay/ops.ts'
import { Level, type Policy } from '../../../../js-loader/src/replay/privacy/level.ts'
import type { Recording } from '../../../../js-loader/src/replay/recording.ts'
import { shown } from './oracle.ts'
import { RandomPage } from './random-page.ts'
import { Reader, told } from './reader.ts'

/** The tap of a document, read as it tells. */
export class Tapped {
  readonly reader = new Reader()
  readonly ops = new Ops()
  readonly ids = new NodeIds()
  readonly policy: Policy
  readonly hasFrames: boolean
  readonly faults: unknown[] = []
  readonly mutations: Mutations
  /** Where there are any, they do the work. */
  readonly batches: Batches | undefined
  /** When batches were handed over, and when the first of them was noted. */
  readonly handedOver: [atMs: number, baseMs: number][] = []
  /** The longest piece of work, ms. */
  longestMs = 0
  slices = 0

  constructor({ level = Level.Allow, isLocked = false, hasFrames = false, isBatched = false } = {}) {
    this.policy = { fallback: level, isLocked, isStrict: false }
    this.hasFrames = hasFrames
    const recording: Recording = {
      ops: this.ops,
      ids: this.ids,
      policy: this.policy,
      hasFrames,
      fence: (fn) => (...args) => {
        try {
          fn(...args)
        } catch (fault) {
          this.faults.push(fault)
        }
      },
      now: () => 0,
      schedule: () => this.batches?.schedule(),
      retell: (element, name) => this.mutations.retell(element, name),
    }
    this.mutations = new Mutations(recording, {})
    if (isBatched) {
      this.batches = new Batches(recording.fence, {
        proceed: (until) => this.slice(until - performance.now()),
        isFull: true,
        handOver: (baseMs) => this.handedOver.push([performance.now(), baseMs]),
      })
    }
    this.mutations.begin(document)
    recording.schedule()
  }

  /** How many operations of a kind were told since the last time. */
  count(op: Op): number {
    const count = this.reader.counts.get(op) ?? 0
    this.reader.counts.delete(op)
    return count
  }

  /** A slice of so many ms; answers whether nothing is left. */
  slice(ms: number): boolean {
    const start = performance.now()
    const isDone = this.mutations.proceed(start + ms)
    const packed = this.ops.take()
    const took = performance.now() - start
    this.longestMs = Math.max(this.longestMs, took)
    this.slices++
    this.reader.read(packed)
    return isDone
  }

  /** All that is left. */
  finish(): void {
    while (!this.slice(1_000));
  }

  /** Where what was told and what is differ; nothing if they do not. */
  difference(): string | undefined {
    if (this.faults.length) return String((this.faults[0] as Error).stack)
    const [mine, its] = [told(this.reader.root).split('\n'), shown(document, this.policy, this.hasFrames).split('\n')]
    const at = mine.findIndex((line, index) => line !== its[index])
    if (at < 0 && mine.length === its.length) return undefined
    const from = Math.max(0, (at < 0 ? mine.length : at) - 4)
    return `told:\n${mine.slice(from, from + 9).join('\n')}\nshown:\n${its.slice(from, from + 9).join('\n')}`
  }
}

export interface RandomRun { seed: number; nodes: number; rounds: number; level?: Level; isLocked?: boolean; hasFrames?: boolean }

/** Changes of a random page between slices, before and after the document is walked; answers the first difference. */
async function random({ seed, nodes, rounds, ...options }: RandomRun): Promise<string | undefined> {
  const page = new RandomPage(document, seed)
  page.fill(nodes)
  const tapped = new Tapped(options)
  try {
    for (let round = 0; round < rounds; round++) {
      for (let steps = page.below(12); steps > 0; steps--) {
        page.step()
        // Some changes come in one callback, some in several, some are taken before there was one.
        if (page.below(4) === 0) await Promise.resolve()
      }
      // The least there is; now and then all.
      if (page.below(5)) tapped.slice(-1)
      else {
        tapped.finish()
        const difference = tapped.difference()
        if (difference) return `seed ${seed}, round ${round}: ${difference}`
      }
    }
    tapped.finish()
    const difference = tapped.difference()
    return difference && `seed ${seed}, at the end: ${difference}`
  } catch (fault) {
    return `seed ${seed}: ${String((fault as Error).stack)}`
  } finally {
    tapped.mutations.stop()
  }
}

/** What has a page of its own for each case. */
export interface TapWindow { Tapped: typeof Tapped; random: typeof random }

Object.assign(globalThis, { Tapped, random } satisfies TapWindow)
