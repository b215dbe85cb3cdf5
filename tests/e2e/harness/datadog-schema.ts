// Says whether something is what Datadog documents: JSON Schema made from the types its own SDKs ship.
//
// TypeScript types lose what the original schemas say of strings and numbers, but the comments keep it, so it
// is put back from there: "UUID of …" is a lower-case UUID, "… in ns" a whole number that is not negative.

import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { places } from './places.ts'
import type { JsonSchema } from './types-to-schema.ts'

/** The types by what tells them apart. Judged one by one, a fault names its field; the union would list every branch. */
const SOURCES = [
  {
    of: 'event',
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
  { of: 'event', package: '@datadog/browser-core', file: 'cjs/domain/telemetry/telemetryEvent.types.d.ts', types: { telemetry: 'TelemetryEvent' } },
  {
    of: 'record',
    package: '@datadog/browser-rum',
    file: 'cjs/types/sessionReplay.d.ts',
    types: {
      '2': 'BrowserFullSnapshotRecord',
      '3': 'BrowserIncrementalSnapshotRecord',
      '4': 'MetaRecord',
      '6': 'FocusRecord',
      '7': 'ViewEndRecord',
      '8': 'VisualViewportRecord',
      '9': 'FrustrationRecord',
      '12': 'BrowserChangeRecord',
    },
  },
  {
    of: 'segment',
    package: '@datadog/browser-rum',
    file: 'cjs/domain/segmentCollection/buildReplayPayload.d.ts',
    types: { metadata: 'BrowserSegmentMetadataAndSegmentSizes' },
  },
  { of: 'log', package: '@datadog/browser-logs', file: 'cjs/logsEvent.types.d.ts', types: { log: 'LogsEvent' } },
] as const

const LOWER_CASE_UUID = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'

/** What each update of a view repeats, whatever changed. */
const REPEATED_IN_UPDATES = new Set(['application', 'session', 'view', '_dd'])

/** Where several types are possible, each branch adds its faults: the first few name the place. */
const MAX_FAULTS_TOLD = 6

/** The answer lists what is wrong, nothing if it is valid. */
export type FindFaults = (value: unknown) => string[]

export interface DatadogSchema {
  /** RUM events and the SDK's telemetry, by their `type`. */
  event: FindFaults
  /** Entries of a replay segment, by their `type`. */
  record: FindFaults
  /** What stands beside a replay segment. */
  segment: FindFaults
  log: FindFaults
}

export async function loadDatadogSchema(): Promise<DatadogSchema> {
  const ajv = new Ajv({ strict: false, allErrors: true })
  const validators = new Map<string, () => ValidateFunction>()
  for (const source of SOURCES) {
    for (const [type, schema] of Object.entries(await schemasOf(source))) {
      let compiled: ValidateFunction | undefined
      // Compiled when first met: most tests meet few of them.
      validators.set(`${source.of} ${type}`, () => (compiled ??= ajv.compile(schema)))
    }
  }
  const judge = (of: string, type: unknown, value: unknown): string[] => {
    const validate = validators.get(`${of} ${String(type)}`)?.()
    if (validate === undefined) return [`unknown ${of} type ${JSON.stringify(type)}`]
    return validate(value) ? [] : deepest(validate.errors ?? []).map((error) => `${String(type)}${describe(error)}`)
  }
  const typeOf = (value: unknown): unknown => (value as { type?: unknown } | null)?.type
  return {
    event: (value) => judge('event', typeOf(value), value),
    record: (value) => judge('record', typeOf(value), value),
    segment: (value) => judge('segment', 'metadata', value),
    log: (value) => judge('log', 'log', value),
  }
}

/** Reading the types takes seconds, so each version of the package is read once and the result kept. */
async function schemasOf(source: (typeof SOURCES)[number]): Promise<Record<string, JsonSchema>> {
  const folder = join(places.packages, source.package)
  const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { name: string; version: string }
  const kept = join(places.packages, '.cache', `${name.replace('/', '-')}-${version}-${source.of}-${await ownDigest()}.json`)
  const known = await readFile(kept, 'utf8').catch(() => undefined)
  if (known !== undefined) return JSON.parse(known) as Record<string, JsonSchema>

  // Imported only now: the compiler alone takes a second to load.
  const { schemasOfTypes } = await import('./types-to-schema.ts')
  const byTypeName = schemasOfTypes(join(folder, source.file), Object.values(source.types), sharpen)
  const schemas = Object.fromEntries(Object.entries(source.types).map(([type, typeName]) => {
    const schema = byTypeName.get(typeName) ?? {}
    return [type, type === 'view_update' ? asUpdate(schema) : schema]
  }))
  await mkdir(join(places.packages, '.cache'), { recursive: true })
  // Written aside and moved: test files run side by side.
  const aside = `${kept}.${process.pid}`
  await writeFile(aside, JSON.stringify(schemas))
  await rename(aside, kept)
  return schemas
}

/** What is kept was made by these two files; changed ones make it anew. */
async function ownDigest(): Promise<string> {
  const digest = createHash('sha256')
  for (const file of ['datadog-schema.ts', 'types-to-schema.ts']) digest.update(await readFile(fileURLToPath(new URL(file, import.meta.url))))
  return digest.digest('hex').slice(0, 12)
}

function sharpen(schema: JsonSchema, documentation: string): JsonSchema {
  if (schema.type === 'string' && documentation.startsWith('UUID of ')) return { ...schema, pattern: LOWER_CASE_UUID }
  if (schema.type !== 'number' || !/\bin ns\b/.test(documentation)) return schema
  // A page state may have begun before the view: the official SDK tells that as a negative start.
  return documentation.includes('between start of') ? { ...schema, type: 'integer' } : { ...schema, type: 'integer', minimum: 0 }
}

/** The types say of an update that an object in it is whole; the SDK sends of it only what changed (a scroll depth without the height of the page). */
function asUpdate(schema: JsonSchema): JsonSchema {
  const inner = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const repeated = REPEATED_IN_UPDATES.has(name) ? { required: property.required ?? [] } : {}
    return [name, { ...openAll(property), ...repeated }] as const
  })
  return { ...schema, properties: Object.fromEntries(inner) }
}

/** Without any property that must be there. */
function openAll({ required: _, ...schema }: JsonSchema): JsonSchema {
  const opened = { ...schema }
  if (schema.properties) opened.properties = Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, openAll(property)]))
  if (schema.anyOf) opened.anyOf = schema.anyOf.map(openAll)
  return opened
}

/** Of the branches that were tried, the one that got furthest is the one that was meant. */
function deepest(errors: readonly ErrorObject[]): ErrorObject[] {
  const depth = ({ instancePath }: ErrorObject): number => instancePath.split('/').length
  const several = errors.some(({ keyword }) => keyword === 'anyOf')
  return (several ? errors.toSorted((one, other) => depth(other) - depth(one)) : [...errors]).slice(0, MAX_FAULTS_TOLD)
}

function describe({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath} ${message} ${JSON.stringify(params)}`
}
