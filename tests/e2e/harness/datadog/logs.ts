// The logs track: logs, one per line.

import type { DatadogSchema } from '../datadog-schema.ts'
import { dateFaults, readLines } from './body.ts'

export type Log = Record<string, unknown> & { date: number; message: string; status: string; origin: string; view: { id?: string; url: string } }

export function readLogs(body: Buffer, deflated: boolean, schema: DatadogSchema): { logs: Log[]; faults: string[] } {
  const { values, faults } = readLines(body, deflated)
  for (const value of values) {
    const logFaults = schema.log(value)
    faults.push(...(logFaults.length > 0 ? logFaults : dateFaults('log/date', (value as Log).date)))
  }
  return { logs: values as Log[], faults }
}
