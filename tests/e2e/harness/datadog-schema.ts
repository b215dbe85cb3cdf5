// Says whether an event is one Datadog documents: JSON Schema made from the types its own SDK ships.
//
// TypeScript types lose what the original schemas say of strings and numbers, but the comments keep it, so it
// is put back from there: "UUID of …" is a lower-case UUID, "… in ns" a whole number that is not negative.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { places } from './places.ts'
import type { JsonSchema } from './types-to-schema.ts'

/** The type of each `type` field. Judged one by one, a fault names its field; the union would list every branch. */
const SOURCES = [
  {
    package: '@datadog/browser-rum-core',
    file: 'cjs/rumEvent.types.d.ts',
    types: {
      action: 'RumActionEvent',
      error: 'RumErrorEvent',
      long_task: 'RumLongTaskEvent',
      resource: 'RumResourceEvent',
      transition: 'RumTransitionEvent',
      view: 'RumViewEvent',
      view_update: 'RumViewUpdateEvent',
      vital: 'RumVitalEvent',
    },
  },
  { package: '@datadog/browser-core', file: 'cjs/domain/telemetry/telemetryEvent.types.d.ts', types: { telemetry: 'TelemetryEvent' } },
] as const

const LOWER_CASE_UUID = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'

export type FindFaults = (event: unknown) => string[]

/** Loads the schemas; the answer lists what is wrong with an event, nothing if it is valid. */
export async function loadDatadogSchema(): Promise<FindFaults> {
  const ajv = new Ajv({ strict: false, allErrors: true })
  const validators = new Map<string, ValidateFunction>()
  for (const source of SOURCES) {
    for (const [eventType, schema] of Object.entries(await schemasOf(source))) validators.set(eventType, ajv.compile(schema))
  }
  return (event) => {
    const eventType = (event as { type?: unknown } | null)?.type
    const validate = typeof eventType === 'string' ? validators.get(eventType) : undefined
    if (validate === undefined) return [`unknown event type ${JSON.stringify(eventType)}`]
    return validate(event) ? [] : (validate.errors ?? []).map((error) => `${eventType}${describe(error)}`)
  }
}

/** Reading the types takes seconds, so each version of the package is read once and the result kept. */
async function schemasOf(source: (typeof SOURCES)[number]): Promise<Record<string, JsonSchema>> {
  const folder = join(places.packages, source.package)
  const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { name: string; version: string }
  const kept = join(places.packages, '.cache', `${name.replace('/', '-')}-${version}.json`)
  const known = await readFile(kept, 'utf8').catch(() => undefined)
  if (known !== undefined) return JSON.parse(known) as Record<string, JsonSchema>

  // Imported only now: the compiler alone takes a second to load.
  const { schemasOfTypes } = await import('./types-to-schema.ts')
  const byTypeName = schemasOfTypes(join(folder, source.file), Object.values(source.types), sharpen)
  const schemas = Object.fromEntries(Object.entries(source.types).map(([eventType, typeName]) => [eventType, byTypeName.get(typeName) ?? {}]))
  await mkdir(join(places.packages, '.cache'), { recursive: true })
  // Written aside and moved: test files run side by side.
  const aside = `${kept}.${process.pid}`
  await writeFile(aside, JSON.stringify(schemas))
  await rename(aside, kept)
  return schemas
}

function sharpen(schema: JsonSchema, documentation: string): JsonSchema {
  if (schema.type === 'string' && documentation.startsWith('UUID of ')) return { ...schema, pattern: LOWER_CASE_UUID }
  if (schema.type !== 'number' || !/\bin ns\b/.test(documentation)) return schema
  // A page state may have begun before the view: the official SDK tells that as a negative start.
  return documentation.includes('between start of') ? { ...schema, type: 'integer' } : { ...schema, type: 'integer', minimum: 0 }
}

function describe({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath} ${message} ${JSON.stringify(params)}`
}
