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
