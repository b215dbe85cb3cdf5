// What of the visit is in the store, what is missing, and a table of both.

import type { ViewerView } from '../e2e/harness/viewer.ts'
import { LEFT_BEHIND, PERSON } from './visit-demo.ts'

/** The views of this visit only: the store may hold those of others. */
export function ownViews(views: readonly ViewerView[], demoUrl: string, since_ms: number): ViewerView[] {
  const origin = new URL(demoUrl).origin
  return views
    .filter(({ url, started_ms }) => new URL(url).origin === origin && started_ms >= since_ms)
    .sort((one, other) => one.started_ms - other.started_ms)
}

/** One sentence per thing that did not arrive, or arrived and must not. */
export function findMissing(views: readonly ViewerView[]): string[] {
  const missing: string[] = []
  for (const path of LEFT_BEHIND.views) {
    const view = views.find((candidate) => pathOf(candidate) === path)
    if (view === undefined) missing.push(`no view of ${path}`)
    else if (view.is_active) missing.push(`the view of ${path} was not ended by leaving it`)
  }
  const actions = views.flatMap((view) => view.actions.map(({ name }) => name))
  for (const name of LEFT_BEHIND.actions) if (!actions.includes(name)) missing.push(`no action "${name}"`)
  const errors = views.flatMap((view) => view.errors.map(({ message }) => message))
  for (const message of LEFT_BEHIND.errors) if (!errors.includes(message)) missing.push(`no error event "${message}"`)
  missing.push(...missingVitals(views))
  const everything = JSON.stringify(views)
  for (const [field, value] of Object.entries(PERSON)) if (everything.includes(value)) missing.push(`the ${field} typed into the form arrived`)
  return missing
}

function missingVitals(views: readonly ViewerView[]): string[] {
  const missing: string[] = []
  const list = views.find((view) => pathOf(view) === '/')
  for (const vital of ['lcp_ms', 'fcp_ms', 'ttfb_ms'] as const) {
    if (list && !(Number(list.vitals[vital]) > 0)) missing.push(`no ${LABELS[vital]} of the page load`)
  }
  if (list && !(Number(list.vitals.cls) > 0)) missing.push('no CLS, although the late notice moved the list')
  const detail = views.find((view) => pathOf(view).startsWith('/claims/'))
  if (detail && !(Number(detail.vitals.inp_ms) >= LEFT_BEHIND.slowest_ms)) missing.push(`no INP of ${LEFT_BEHIND.slowest_ms} ms, although the slow button blocked that long`)
  return missing
}

const LABELS = { lcp_ms: 'LCP', fcp_ms: 'FCP', ttfb_ms: 'TTFB', cls: 'CLS', inp_ms: 'INP' } as const

export function tableOf(views: readonly ViewerView[]): string {
  const vitalNames = Object.keys(LABELS) as (keyof typeof LABELS)[]
  const perView = [
    ['view', 'began by', ...vitalNames.map((name) => LABELS[name]), 'actions', 'errors'],
    ...views.map((view) => [
      pathOf(view),
      view.loading_type ?? '-',
      ...vitalNames.map((name) => formatVital(name, view.vitals[name])),
      String(view.actions.length),
      String(view.errors.length),
    ]),
  ]
  const count = (read: (view: ViewerView) => readonly unknown[]): string => String(views.reduce((sum, view) => sum + read(view).length, 0))
  const perKind = [
    ['kind', 'arrived', 'needed'],
    ['views', String(views.length), String(LEFT_BEHIND.views.length)],
    ['actions', count(({ actions }) => actions), String(LEFT_BEHIND.actions.length)],
    ['errors', count(({ errors }) => errors), String(LEFT_BEHIND.errors.length)],
  ]
  return `${layOut(perView)}\n\n${layOut(perKind)}`
}

function formatVital(name: keyof typeof LABELS, value: number | null): string {
  if (value === null) return '-'
  return name === 'cls' ? value.toFixed(4) : `${Math.round(value)} ms`
}

function pathOf({ url }: ViewerView): string {
  return new URL(url).pathname
}

/** Columns as wide as their widest cell: texts left, figures right. */
function layOut(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const isText = (column: number): boolean => column === 0 || rows[0]?.[column] === 'began by'
  const lines = rows.map((row) => row.map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd())
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return lines.join('\n')
}
