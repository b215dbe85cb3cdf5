// Short questions to ask of what arrived.

import assert from 'node:assert/strict'
import type { FakeDatadog, RumEvent } from './fake-datadog.ts'

export function actionNames(events: readonly RumEvent[]): string[] {
  return events.flatMap(({ action }) => (action?.target === undefined ? [] : [action.target.name]))
}

export function errorMessages(events: readonly RumEvent[]): string[] {
  return events.flatMap(({ error }) => (error === undefined ? [] : [error.message]))
}

export function ofView(events: readonly RumEvent[], view: RumEvent): RumEvent[] {
  return events.filter((event) => event.view.id === view.view.id)
}

/** The last state of the view with this path. */
export function viewAt(datadog: FakeDatadog, path: string): RumEvent {
  const found = datadog.views().filter(({ view }) => new URL(view.url).pathname === path)
  assert.equal(found.length, 1, `one view of ${path} among ${JSON.stringify(datadog.views().map(({ view }) => view.url))}`)
  return found[0] as RumEvent
}

/** Datadog does not fold actions and errors that come twice, so nothing but a crash may send one twice. */
export function assertNothingCameTwice(datadog: FakeDatadog): void {
  const ids = datadog.events().flatMap(({ type, action, error }) => (type === 'action' ? action?.id : error?.id) ?? [])
  assert.deepEqual(ids.length, new Set(ids).size, 'actions and errors delivered twice')
}
