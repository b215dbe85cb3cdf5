// The pages in tests/fixtures/replay, and how one of them is recorded, replayed and compared.

import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningBrowser, Tab } from '../browsers/browser.ts'
import { places } from '../places.ts'
import type { HostSite } from '../site.ts'
import { differenceOf } from './difference.ts'

/** A page whose file begins with the number it has in the list of cases. */
export interface Case { number: number; path: string; title: string }

/** Options of `pictureOf`, as pages give them. */
export type PictureOptions = Record<string, unknown>

/** What the document was like at an instant. */
export interface Moment { name: string; at_ms: number; lines: string[] }

export interface Played { began_ms: number; moments: Moment[]; options: PictureOptions; texts: { never: string[]; always: string[] }; mustStop: boolean }

export interface ReplayRecord { type: number; timestamp: number; data?: unknown }

/** Who records a page and shows it again. */
export interface Recorder {
  name: string
  /** Puts it into the page, and waits until it records. */
  begin(tab: Tab, options: object): Promise<void>
  /** Leaves the page, and waits until what was told has `end` in it; stops before, if the page took away what hears of leaving. */
  end(tab: Tab, end: string, mustStop: boolean): Promise<ReplayRecord[]>
  /** What the document is like at those instants; the tab is on a page of its own, with picture.js in it. */
  show(stage: Tab, records: ReplayRecord[], instants_ms: number[], options: PictureOptions): Promise<string[][]>
}

type CasePage = typeof globalThis & { replayCase: { prepare(): object; run(end: string): Promise<Played> } }

export function readCases(): Case[] {
  const files = readdirSync(places.replayCases).filter((file) => /^\d\d-.*\.html$/.test(file)).sort()
  return files.map((file) => {
    const title = /<title>(.*?)<\/title>/.exec(readFileSync(join(places.replayCases, file), 'utf8'))?.[1]
    if (title === undefined) throw new Error(`${file} has no title`)
    return { number: Number(file.slice(0, 2)), path: `/replay/${file}`, title }
  })
}

/** Where recorded and replayed differ, or what must not have been recorded; nothing if all is well. */
export async function faultsOf(tab: Tab, stage: Tab, site: HostSite, recorder: Recorder, { path }: Case): Promise<string[]> {
  await tab.goTo(`${site.origin}${path}`)
  const init = await tab.evaluate(() => (globalThis as CasePage).replayCase.prepare())
  await recorder.begin(tab, init)
  const end = `end-${randomBytes(6).toString('hex')}`
  const { began_ms, moments, options, texts, mustStop } = await tab.evaluate((given) => (globalThis as CasePage).replayCase.run(given), end)
  const records = await recorder.end(tab, end, mustStop)
  const snapshot = records.find(({ type }) => type === 2)
  if (snapshot === undefined) return ['there is no full snapshot']
  if (snapshot.timestamp > began_ms) return [`the full snapshot was taken ${snapshot.timestamp - began_ms} ms after the first step`]
  const recording = JSON.stringify(records)
  const isIn = (text: string): boolean => recording.includes(JSON.stringify(text).slice(1, -1))
  const told = [
    ...texts.never.filter(isIn).map((text) => `${JSON.stringify(text)} was recorded`),
    ...texts.always.filter((text) => !isIn(text)).map((text) => `${JSON.stringify(text)} was not recorded`),
  ]
  const shown = await recorder.show(stage, records, moments.map(({ at_ms }) => at_ms), options)
  const differences = moments.map(({ name, lines }, index) => [name, differenceOf(lines, shown[index] ?? [])] as const)
  // What was wrong once is mostly wrong from there on.
  const first = differences.find(([, difference]) => difference !== '')
  return first === undefined ? told : [...told, `${first[0]}\n${first[1]}`]
}

/** A tab for the pages, and one for their replays. */
export async function openStage(browser: RunningBrowser, site: HostSite): Promise<Tab> {
  return browser.open(`${site.origin}/replay/stage.html`)
}
