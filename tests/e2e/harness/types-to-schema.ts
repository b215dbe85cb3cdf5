// JSON Schema of a TypeScript type, by asking the compiler itself. Ready-made generators were tried and lose the
// inner half of `{ view: A } & { view: B }`, which is how Datadog's published event types are composed.

import ts from 'typescript'

export interface JsonSchema {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: JsonSchema[]
  items?: JsonSchema | JsonSchema[]
  minItems?: number
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: JsonSchema
  additionalItems?: JsonSchema | false
  pattern?: string
  minimum?: number
  /** Stands for a type that contains itself. */
  $ref?: string
  definitions?: Record<string, JsonSchema>
}

/** Changes the schema of one property by what its documentation says. */
export type Refine = (schema: JsonSchema, documentation: string) => JsonSchema

/** Deeper than any event; a type that contains ever new types would end here with a clear message. */
const MAX_DEPTH = 24

export function schemasOfTypes(file: string, typeNames: readonly string[], refine: Refine): Map<string, JsonSchema> {
  const program = ts.createProgram([file], { strict: true, skipLibCheck: true })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const module = source && checker.getSymbolAtLocation(source)
  if (source === undefined || module === undefined) throw new Error(`${file} is no module`)
  const exported = new Map(checker.getExportsOfModule(module).map((symbol) => [symbol.name, symbol]))
  const converter = new Converter(checker, source, refine)
  return new Map(
    typeNames.map((name) => {
      const symbol = exported.get(name)
      if (symbol === undefined) throw new Error(`${file} does not export ${name}`)
      return [name, converter.rootSchemaOf(checker.getDeclaredTypeOfSymbol(symbol))]
    }),
  )
}

class Converter {
  private readonly checker: ts.TypeChecker
  private readonly at: ts.Node
  private readonly refine: Refine
  /** Types being converted, and the name of those met again inside themselves. */
  private readonly open = new Map<ts.Type, string | undefined>()
  private recursive = 0
  private definitions: Record<string, JsonSchema> = {}

  constructor(checker: ts.TypeChecker, at: ts.Node, refine: Refine) {
    this.checker = checker
    this.at = at
    this.refine = refine
  }

  rootSchemaOf(type: ts.Type): JsonSchema {
    this.definitions = {}
    const schema = this.schemaOf(type, 0)
    return Object.keys(this.definitions).length === 0 ? schema : { ...schema, definitions: this.definitions }
  }

  private schemaOf(type: ts.Type, depth: number): JsonSchema {
    if (depth > MAX_DEPTH) throw new Error(`${this.checker.typeToString(type)} is nested too deeply`)
    if (type.isUnion()) return this.union(type, depth)
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value }
    const { flags } = type
    if (flags & ts.TypeFlags.BooleanLiteral) return { const: this.checker.typeToString(type) === 'true' }
    if (flags & ts.TypeFlags.String) return { type: 'string' }
    if (flags & ts.TypeFlags.Number) return { type: 'number' }
    if (flags & ts.TypeFlags.Null) return { type: 'null' }
    if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {}
    if (flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return this.closed(type, () => this.object(type, depth))
    throw new Error(`no schema is known for ${this.checker.typeToString(type)}`)
  }

  /** A type met inside itself becomes a definition that both places refer to. */
  private closed(type: ts.Type, convert: () => JsonSchema): JsonSchema {
    if (this.open.has(type)) {
      const name = this.open.get(type) ?? `recursive${(this.recursive += 1)}`
      this.open.set(type, name)
      return { $ref: `#/definitions/${name}` }
    }
    this.open.set(type, undefined)
    const schema = convert()
    const name = this.open.get(type)
    this.open.delete(type)
    if (name === undefined) return schema
    this.definitions[name] = schema
    return { $ref: `#/definitions/${name}` }
  }

  private union(type: ts.UnionType, depth: number): JsonSchema {
    const members = type.types.filter((member) => !(member.flags & ts.TypeFlags.Undefined))
    const schemas = members.map((member) => this.schemaOf(member, depth))
    if (schemas.length === 1 && schemas[0]) return schemas[0]
    return schemas.every((schema) => 'const' in schema) ? { enum: schemas.map((schema) => schema.const) } : { anyOf: schemas }
  }

  private object(type: ts.Type, depth: number): JsonSchema {
    if (this.checker.isTupleType(type)) return this.tuple(type as ts.TypeReference, depth)
    if (this.checker.isArrayType(type)) {
      const [item] = this.checker.getTypeArguments(type as ts.TypeReference)
      return { type: 'array', items: item ? this.schemaOf(item, depth + 1) : {} }
    }
    const schema: JsonSchema = { type: 'object', properties: {}, required: [] }
    for (const property of this.checker.getPropertiesOfType(type)) {
      const documentation = ts.displayPartsToString(property.getDocumentationComment(this.checker))
      const propertyType = this.checker.getTypeOfSymbolAtLocation(property, this.at)
      schema.properties![property.name] = this.refine(this.schemaOf(propertyType, depth + 1), documentation)
      if (!(property.flags & ts.SymbolFlags.Optional)) schema.required!.push(property.name)
    }
    const others = this.checker.getIndexTypeOfType(type, ts.IndexKind.String)
    if (others) schema.additionalProperties = this.schemaOf(others, depth + 1)
    return schema
  }

  /** `[A, B]` has just these items; `[A, ...B[]]` begins with these. */
  private tuple(type: ts.TypeReference, depth: number): JsonSchema {
    const { elementFlags } = type.target as ts.TupleType
    const items = this.checker.getTypeArguments(type).map((item) => this.schemaOf(item, depth + 1))
    const rest = elementFlags.indexOf(ts.ElementFlags.Rest)
    if (elementFlags.some((flag, index) => flag !== ts.ElementFlags.Required && index !== rest) || (rest >= 0 && rest !== items.length - 1)) {
      throw new Error(`no schema is known for ${this.checker.typeToString(type)}`)
    }
    const fixed = rest < 0 ? items : items.slice(0, rest)
    return { type: 'array', items: fixed, minItems: fixed.length, additionalItems: items[rest] ?? false }
  }
}
