// What runs in the page: the tap without engine, and what its operations are held against.

import { NodeIds } from '../../../../js-loader/src/replay/ids.ts'
import { Mutations } from '../../../../js-loader/src/replay/mutations.ts'
import { Ops } from '../../../../js-loader/src/replay/ops.ts'
import { Level, type Policy } from '../../../../js-loader/src/replay/privacy/level.ts'
import type { Observer, Recording } from '../../../../js-loader/src/replay/recording.ts'
import { shown } from './oracle.ts'
import { RandomPage } from './random-page.ts'
import { Reader, told } from './reader.ts'

/** The tap of a document, read as it tells. */
class Tapped {
  readonly reader = new Reader()
  readonly ops = new Ops()
  readonly ids = new NodeIds()
  readonly policy: Policy
  readonly hasFrames: boolean
  readonly faults: unknown[] = []
  readonly mutations: Mutations
  /** The longest piece of work, and all of them, ms. */
  longestMs = 0
  totalMs = 0

  constructor({ level = Level.Allow, isLocked = false, hasFrames = false, observers = [] as Observer[] } = {}) {
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
      schedule() {},
      flush() {},
      retell: (element, name) => this.mutations.retell(element, name),
    }
    this.mutations = new Mutations(recording, observers)
    this.mutations.begin(document)
  }

  /** A slice of so many ms; answers whether nothing is left. */
  slice(ms: number): boolean {
    const start = performance.now()
    const isDone = this.mutations.proceed(start + ms)
    const packed = this.ops.take()
    const took = performance.now() - start
    this.longestMs = Math.max(this.longestMs, took)
    this.totalMs += took
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

Object.assign(globalThis, { Tapped, random })
export type { Tapped }
