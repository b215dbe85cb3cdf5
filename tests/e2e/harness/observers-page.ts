// What a page runs to show what its observers tell: the tap without an engine, its operations kept in words a test can read.

import { attempt } from '../../../js-loader/src/host-value.ts'
import { Mutations } from '../../../js-loader/src/replay/mutations.ts'
import { NodeIds } from '../../../js-loader/src/replay/ids.ts'
import { observePage } from '../../../js-loader/src/replay/observe/index.ts'
import { Op, Ops } from '../../../js-loader/src/replay/ops.ts'
import type { Policy } from '../../../js-loader/src/replay/privacy/level.ts'
import type { Recording } from '../../../js-loader/src/replay/recording.ts'

/** An operation: its number, words, and texts. */
export interface Told { op: number; words: number[]; texts: string[] }

class ReadableOps extends Ops {
  told: Told[] = []

  override add(op: number, ...words: number[]): void {
    // As they will be read.
    this.told.push({ op, words: [...new Int32Array(words)], texts: [] })
    super.add(op, ...words)
  }

  override place(op: number, ...words: [number, number, number]): void {
    this.told.push({ op, words, texts: [] })
    super.place(op, ...words)
  }

  override word(word: number): void {
    this.told.at(-1)?.words.push(...new Int32Array([word]))
    super.word(word)
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
    retell: (element, name) => mutations.retell(element, name),
  }
  const observer = observePage(recording)
  const mutations = new Mutations(recording, observer)
  mutations.begin(document)
  const batch = (): void => {
    while (!mutations.proceed(performance.now() + 5)) { /* A real one rests here. */ }
    observer.flush?.()
  }
  batch()
  ops.add(Op.Walked)
  observer.walked?.()
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
    frustrated: (at: number, kinds: number) => observer.frustrated?.(at, kinds),
    stop(): void {
      isOver = true
      mutations.stop()
      attempt(() => observer.stop?.())
    },
  }
}

/** Members of the browser's own that are stood in for. */
const MEMBERS: Record<string, string> = {
  CSSStyleSheet: 'insertRule deleteRule addRule removeRule replace replaceSync',
  CSSGroupingRule: 'insertRule deleteRule',
  CSSKeyframesRule: 'appendRule deleteRule',
  CSSStyleRule: 'insertRule deleteRule style selectorText',
  StyleSheet: 'disabled',
  Document: 'adoptedStyleSheets',
  ShadowRoot: 'adoptedStyleSheets',
  HTMLInputElement: 'value checked indeterminate valueAsNumber valueAsDate',
  HTMLTextAreaElement: 'value',
  HTMLSelectElement: 'value selectedIndex',
  HTMLOptionElement: 'selected',
  HTMLDialogElement: 'showModal',
}

type Descriptors = Record<string, PropertyDescriptor | undefined>

function descriptors(): Descriptors {
  const own = (name: string, member: string) => [`${name}.${member}`, Object.getOwnPropertyDescriptor((window as any)[name]?.prototype, member)]
  return Object.fromEntries(Object.entries(MEMBERS).flatMap(([name, members]) => members.split(' ').map((member) => own(name, member))))
}

const natives = descriptors()

/** Members that are not the browser's own, and those of them that a page could tell from it. */
function replaced(): { members: string[]; visible: string[] } {
  const members: string[] = []
  const visible: string[] = []
  for (const [member, now] of Object.entries(descriptors())) {
    const was = natives[member]
    const parts = (['get', 'set', 'value'] as const).map((key) => [now?.[key], was?.[key]])
    if (parts.some(([ours, own]) => ours !== own)) members.push(member)
    const isAlike = parts.every(([ours, own]) => ours?.name === own?.name && ours?.length === own?.length && String(ours) === String(own) && (!ours || 'prototype' in ours === 'prototype' in own))
    if (!isAlike || now?.enumerable !== was?.enumerable || now?.configurable !== was?.configurable || now?.writable !== was?.writable) visible.push(member)
  }
  return { members, visible }
}

/** The name of what a call throws, or what it answers. */
async function outcome(call: () => unknown): Promise<string> {
  try {
    return String(await call())
  } catch (error) {
    return (error as Error).name
  }
}

export type Recorded = ReturnType<typeof record>
export interface PageTools { record: typeof record; replaced: typeof replaced; outcome: typeof outcome }
Object.assign(window, { record, replaced, outcome } satisfies PageTools)
