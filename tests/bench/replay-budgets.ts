// The design's budgets for replay (design, section 6), held against the medians of a run.

import { median, type Row } from './table.ts'

/** The row of each budget, and what is the most it may be. */
const BUDGETS: readonly [row: string, limit: number][] = [
  ['table: first snapshot: main thread, ms', 40],
  ['table: first snapshot: longest task, ms', 10],
  ['table: churn: main thread, ms', 300],
  ['table: wire, KB', 130],
  ['storms: sum of four: main thread, ms', 400],
  ['storms: sum of four: process, ms', 700],
  ['storms: wire, KB', 350],
]
const ROUTE_MS = 5
const ROUTES = 10

/** The column of our own recorder. */
const OURS = 1

export function verdicts(rows: readonly Row[]): string[] {
  const figure = (name: string): number => median(rows.find((row) => row.name === name)?.values[OURS] ?? [])
  const verdict = (name: string, value: number, limit: number): string => `${name}: at most ${limit}: ${value <= limit ? 'held' : 'MISSED'} (${value.toFixed(1)})`
  return [
    ...BUDGETS.map(([name, limit]) => verdict(name, figure(name), limit)),
    verdict('10k: a route: main thread, ms', figure('10k: routes: main thread, ms') / ROUTES, ROUTE_MS),
  ].filter((line) => !line.endsWith('(NaN)'))
}
