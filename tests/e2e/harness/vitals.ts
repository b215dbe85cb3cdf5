// Our vitals beside those of web-vitals, in one shape.

import assert from 'node:assert/strict'
import type { RumEvent } from './fake-datadog.ts'
import type { VitalName } from './viewer.ts'

export type Vitals = Partial<Record<VitalName, number>>

/** What one visit may differ by. */
export const TOLERANCE: Readonly<Record<VitalName, number>> = { lcp_ms: 1, fcp_ms: 1, ttfb_ms: 1, cls: 0.0001, inp_ms: 0 }

/** After a restore both ends time two animation frames of their own, so paints may differ by a frame or two. */
export const TOLERANCE_RESTORED: Readonly<Record<VitalName, number>> = { ...TOLERANCE, lcp_ms: 25, fcp_ms: 25 }

const FIELDS: Readonly<Record<VitalName, { field: string; perUnit: number }>> = {
  lcp_ms: { field: 'largest_contentful_paint', perUnit: 1e6 },
  fcp_ms: { field: 'first_contentful_paint', perUnit: 1e6 },
  ttfb_ms: { field: 'first_byte', perUnit: 1e6 },
  cls: { field: 'cumulative_layout_shift', perUnit: 1 },
  inp_ms: { field: 'interaction_to_next_paint', perUnit: 1e6 },
}
const NAMES = Object.keys(FIELDS) as VitalName[]

/** The vitals of a view event; an absent field is an absent vital. */
export function vitalsOf({ view }: RumEvent): Vitals {
  const found = NAMES.filter((name) => FIELDS[name].field in view)
  return Object.fromEntries(found.map((name) => [name, Number(view[FIELDS[name].field]) / FIELDS[name].perUnit]))
}

/** What `report-vitals.js` left in the tab, read on the page after it: one entry per visit. */
export function parseReference(stored: string | null): Vitals[] {
  return JSON.parse(stored ?? '[{}]') as Vitals[]
}

/** Equal, and absent where web-vitals says nothing. */
export function assertEqualVitals(ours: Vitals, reference: Vitals, tolerance = TOLERANCE): void {
  const both = `ours ${JSON.stringify(ours)}, web-vitals ${JSON.stringify(reference)}`
  assert.deepEqual(Object.keys(ours).sort(), Object.keys(reference).sort(), both)
  for (const name of NAMES) {
    const [our, theirs] = [ours[name], reference[name]]
    if (our !== undefined && theirs !== undefined) assert.ok(Math.abs(our - theirs) <= tolerance[name], `${name}: ${both}`)
  }
}

/** What web-vitals' attribution build says a vital is due to: its plain facts, ms, and the rectangles of a shift. */
export type Causes = Partial<Record<VitalName, Record<string, string | number | Rect | undefined>>>
type Rect = { x: number; y: number; width: number; height: number }

interface Performance {
  lcp?: { target_selector?: string; resource_url?: string; sub_parts?: Record<string, number> }
  cls?: { timestamp?: number; target_selector?: string; previous_rect?: Rect; current_rect?: Rect }
  inp?: { timestamp?: number; target_selector?: string; sub_parts?: Record<string, number> }
}

/** The same elements, times and parts as web-vitals names. In the pages that are compared, elements have plain ids. */
export function assertEqualCauses({ view }: RumEvent, causes: Causes): void {
  const { lcp, cls, inp } = (view['performance'] ?? {}) as Performance
  const both = `ours ${JSON.stringify({ lcp, cls, inp })}, web-vitals ${JSON.stringify(causes)}`
  const sameTimes = (ours: Record<string, number | undefined>, theirs: Record<string, unknown>): void => {
    for (const [name, duration_ns] of Object.entries(ours)) {
      assert.ok(Math.abs(Number(duration_ns) / NS_PER_MS - Number(theirs[name])) <= 1, `${name}: ${both}`)
    }
  }
  if (causes.lcp_ms?.['target'] !== undefined) {
    const url = causes.lcp_ms['url']
    assert.equal(lcp?.target_selector, causes.lcp_ms['target'], both)
    assert.equal(lcp?.resource_url, url === undefined ? undefined : String(url).split('?')[0], both)
    const { load_delay, load_time, render_delay } = lcp?.sub_parts ?? {}
    sameTimes({ resourceLoadDelay: load_delay, resourceLoadDuration: load_time, elementRenderDelay: render_delay }, causes.lcp_ms)
  }
  if (causes.cls?.['largestShiftTarget'] !== undefined) {
    assert.equal(cls?.target_selector, causes.cls['largestShiftTarget'], both)
    assert.deepEqual([cls?.previous_rect, cls?.current_rect].map(corners), [causes.cls['previousRect'], causes.cls['currentRect']].map((rect) => corners(rect as Rect)), both)
    sameTimes({ largestShiftTime: cls?.timestamp }, causes.cls)
  }
  if (causes.inp_ms?.['interactionTarget'] !== undefined) {
    assert.equal(inp?.target_selector, causes.inp_ms['interactionTarget'], both)
    const { input_delay, processing_duration, presentation_delay } = inp?.sub_parts ?? {}
    sameTimes({ interactionTime: inp?.timestamp, inputDelay: input_delay, processingDuration: processing_duration, presentationDelay: presentation_delay }, causes.inp_ms)
  }
}

const NS_PER_MS = 1e6

/** Whole pixels, as they travel. */
function corners(rect: Rect | undefined): number[] {
  return rect ? [rect.x, rect.y, rect.width, rect.height].map(Math.round) : []
}
