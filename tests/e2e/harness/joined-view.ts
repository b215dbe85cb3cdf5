// A view as its whole states and its updates add up, and as the viewer shows it: both cut down to what both tell.

import { documentVersion } from './datadog/rum.ts'
import type { RumEvent } from './fake-datadog.ts'
import type { ViewerView } from './viewer.ts'

const NS_PER_MS = 1e6

export interface JoinedView {
  id: string
  url: string
  is_active: boolean
  time_spent_ms: number
  action_count: number
  error_count: number
  fcp_ms: number | null
}

/** One per view, in order of their ids. The latest whole state counts, and over it the later parts in their order. */
export function joinedViews(events: readonly RumEvent[]): JoinedView[] {
  const ids = [...new Set(events.filter(({ type }) => type === 'view').map(({ view }) => view.id))].sort()
  return ids.map((id) => {
    const states = events.filter(({ type, view }) => (type === 'view' || type === 'view_update') && view.id === id)
    states.sort((one, other) => documentVersion(one) - documentVersion(other))
    const whole = states.findLastIndex(({ type }) => type === 'view')
    return shownOf(Object.assign({}, ...states.slice(whole).map(({ view }) => view)) as RumEvent['view'])
  })
}

export function viewerViews(views: readonly ViewerView[]): JoinedView[] {
  return views
    .map(({ id, url, is_active, time_spent_ms, action_count, error_count, vitals }) => ({ id, url, is_active, time_spent_ms, action_count, error_count, fcp_ms: rounded(vitals.fcp_ms) }))
    .sort((one, other) => (one.id < other.id ? -1 : 1))
}

function shownOf(view: RumEvent['view']): JoinedView {
  const count = (name: 'action' | 'error'): number => (view[name] as { count: number }).count
  const ms = (name: string): number | null => (view[name] === undefined ? null : rounded((view[name] as number) / NS_PER_MS))
  return {
    id: view.id, url: view.url, is_active: view['is_active'] as boolean, time_spent_ms: ms('time_spent') ?? 0,
    action_count: count('action'), error_count: count('error'), fcp_ms: ms('first_contentful_paint'),
  }
}

function rounded(duration_ms: number | null): number | null {
  return duration_ms === null ? null : Math.round(duration_ms)
}
