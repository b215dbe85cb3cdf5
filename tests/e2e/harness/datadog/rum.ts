// The RUM track: events, one per line.

import type { DatadogSchema } from '../datadog-schema.ts'
import { dateFaults, readLines } from './body.ts'

export type RumEvent = Record<string, unknown> & {
  type: string
  date: number
  view: Record<string, unknown> & { id: string; url: string }
  action?: { id: string; type: string; target?: { name: string } }
  error?: { id: string; message: string; source: string; type?: string; handling?: string; stack?: string }
}

export function readRum(body: Buffer, deflated: boolean, schema: DatadogSchema): { events: RumEvent[]; faults: string[] } {
  const { values, faults } = readLines(body, deflated)
  for (const value of values) {
    const event = value as RumEvent
    const eventFaults = schema.event(event)
    faults.push(...(eventFaults.length > 0 ? eventFaults : dateFaults(`${event.type}/date`, event.date)))
  }
  return { events: values as RumEvent[], faults }
}

export function documentVersion(event: RumEvent): number {
  return (event['_dd'] as { document_version: number }).document_version
}
