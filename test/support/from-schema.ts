import fc from 'fast-check'

/** The part of JSON Schema that the OpenAPI document uses. */
export interface Schema {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  $ref?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minItems?: number
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
}

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }),
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.constantFrom('c0', 'c1', '__proto__', 'constructor', '../x', '%2e', 'ü', '{w}', 'a:b', '0'),
)

/** Values that the schema allows. */
export function fromSchema(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const options = schema.anyOf ?? schema.oneOf
  if (options) return fc.oneof(...options.map(fromSchema))
  switch (schema.type) {
    case 'string':
      return text
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? -10, max: Math.min(schema.maximum ?? 1_000, 2_000) })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(fromSchema(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 5 })
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).map(
        ([name, field]) => [name, fromSchema(field)] as const,
      )
      return fc.record(Object.fromEntries(fields), { requiredKeys: schema.required ?? [] })
    }
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

/** The same, and similar wrong values: with fields that are missing, unknown or of another type; and random values. */
export const nearSchema = (schema: Schema): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 4, arbitrary: fromSchema(schema) },
    {
      weight: 2,
      arbitrary: fc.tuple(fromSchema(schema), text, fc.jsonValue({ maxDepth: 2 })).map(withOneWrong),
    },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  )

function withOneWrong([value, name, junk]: [unknown, string, unknown]): unknown {
  if (typeof value !== 'object' || value === null) return junk
  if (Array.isArray(value)) return [...value, junk]
  const names = Object.keys(value)
  return { ...value, [names[name.length % (names.length + 1)] ?? name]: junk }
}
