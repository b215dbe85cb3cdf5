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
  maxItems?: number
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: JsonSchema
  pattern?: string
  minimum?: number
}

/** Changes the schema of one property by what its documentation says. */
export type Refine = (schema: JsonSchema, documentation: string) => JsonSchema

/** Deeper than any event; a type that contains itself would end here with a clear message. */
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
      return [name, converter.schemaOf(checker.getDeclaredTypeOfSymbol(symbol), 0)]
    }),
  )
}

class Converter {
  private readonly checker: ts.TypeChecker
  private readonly at: ts.Node
  private readonly refine: Refine

  constructor(checker: ts.TypeChecker, at: ts.Node, refine: Refine) {
    this.checker = checker
    this.at = at
    this.refine = refine
  }

  schemaOf(type: ts.Type, depth: number): JsonSchema {
    if (depth > MAX_DEPTH) throw new Error(`${this.checker.typeToString(type)} is nested too deeply`)
    if (type.isUnion()) return this.union(type, depth)
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value }
    const { flags } = type
    if (flags & ts.TypeFlags.BooleanLiteral) return { const: this.checker.typeToString(type) === 'true' }
    if (flags & ts.TypeFlags.String) return { type: 'string' }
    if (flags & ts.TypeFlags.Number) return { type: 'number' }
    if (flags & ts.TypeFlags.Null) return { type: 'null' }
    if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {}
    if (flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return this.object(type, depth)
    throw new Error(`no schema is known for ${this.checker.typeToString(type)}`)
  }

  private union(type: ts.UnionType, depth: number): JsonSchema {
    const members = type.types.filter((member) => !(member.flags & ts.TypeFlags.Undefined))
    const schemas = members.map((member) => this.schemaOf(member, depth))
    if (schemas.length === 1 && schemas[0]) return schemas[0]
    return schemas.every((schema) => 'const' in schema) ? { enum: schemas.map((schema) => schema.const) } : { anyOf: schemas }
  }

  private object(type: ts.Type, depth: number): JsonSchema {
    if (this.checker.isTupleType(type)) {
      const items = this.checker.getTypeArguments(type as ts.TypeReference).map((item) => this.schemaOf(item, depth + 1))
      return { type: 'array', items, minItems: items.length, maxItems: items.length }
    }
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
}
