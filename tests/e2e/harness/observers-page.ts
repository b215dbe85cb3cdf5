// What a page runs to show what its observers tell: the tap without an engine, its operations kept in words a test can read.

import { attempt } from '../../../js-loader/src/host-value.ts'
import { Mutations } from '../../../js-loader/src/replay/mutations.ts'
import { NodeIds } from '../../../js-loader/src/replay/ids.ts'
import { OBSERVERS } from '../../../js-loader/src/replay/observe/index.ts'
import { Op, Ops } from '../../../js-loader/src/replay/ops.ts'
import type { Policy } from '../../../js-loader/src/replay/privacy/level.ts'
import type { Recording } from '../../../js-loader/src/replay/recording.ts'

/** An operation: its number, words, and texts. */
export interface Told { op: number; words: number[]; texts: string[] }

class ReadableOps extends Ops {
  told: Told[] = []

  override add(op: number, ...words: number[]): void {
    this.told.push({ op, words: words.map((word) => new Int32Array([word])[0] as number), texts: [] })
    super.add(op, ...words)
  }

  override text(text: string): void {
    this.told.at(-1)?.texts.push(text)
    super.text(text)
  }
}

/** Begins to record; batches are handed over by hand, and when nothing is left to do. */
function record(policy: Policy) {
  const ops = new ReadableOps()
  const faults: string[] = []
  let scheduled = 0
  let isOver = false
  const recording: Recording = {
    ops,
    ids: new NodeIds(),
    policy,
    fence: (fn) => (...args) => {
      if (isOver) return
      try {
        fn(...args)
      } catch (fault) {
        isOver = true
        faults.push(String(fault instanceof Error ? fault.stack : fault))
      }
    },
    hasFrames: true,
    now: (at = performance.now()) => Math.round(at),
    schedule: () => { scheduled++ },
    flush: () => {},
    retell: (element, name) => mutations.retell(element, name),
  }
  const observers = OBSERVERS.map((observe) => observe(recording))
  const mutations = new Mutations(recording, observers)
  mutations.begin(document)
  const batch = (): void => {
    while (!mutations.proceed(performance.now() + 5)) { /* A real one rests here. */ }
    for (const observer of observers) observer.flush?.()
  }
  batch()
  ops.add(Op.Walked)
  for (const observer of observers) observer.walked?.()
  return {
    faults,
    ids: recording.ids,
    /** What was told since the last time, after as many batches as it asks for (or some, where it is never content). */
    take(): Told[] {
      for (let batches = 0; batches < 5; batches++) {
        scheduled = 0
        batch()
        if (!scheduled) break
      }
      const { told } = ops
      ops.told = []
      return told
    },
    frustrated: (at: number, kinds: number) => observers.forEach((observer) => observer.frustrated?.(at, kinds)),
    stop(): void {
      isOver = true
      mutations.stop()
      for (const observer of observers) attempt(() => observer.stop?.())
    },
  }
}

export type Recorded = ReturnType<typeof record>
Object.assign(window, { record })
