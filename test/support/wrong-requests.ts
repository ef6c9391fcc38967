import type { Schema } from './from-schema.ts'

/** A value that is wrong in each of its fields, and their paths. */
export interface Wrong {
  value: unknown
  paths: string[]
}

/** JSON Schema as the document has it: schemas of bodies say what else may stand in them. */
export interface BodySchema extends Schema {
  additionalProperties?: unknown
}

/**
 * Wrong in as many fields as the schema has: names, items of lists, and one name that it does not have. Of a union the
 * option with fields; what says which option is meant stays right.
 */
export function wrongIn(schema: BodySchema, path: string): Wrong {
  const option = optionOf(schema)
  if (option.properties) return wrongObject(option, path)
  if (option.items && optionOf(option.items).properties) {
    const items = [0, 1].map(i => wrongIn(option.items as BodySchema, `${path}.${i}`))
    return { value: items.map(({ value }) => value), paths: items.flatMap(({ paths }) => paths) }
  }
  const types = typesOf(schema)
  if (types.length === 0) return { value: 'anything', paths: [] }
  return { value: types.includes('number') ? 'wrong' : 17.5, paths: [path] }
}

function wrongObject({ properties = {}, additionalProperties }: BodySchema, path: string): Wrong {
  const fields = Object.entries(properties).map(([name, field]) => ({
    name,
    ...(field.enum?.length === 1 // it says which option of a union is meant
      ? { value: field.enum[0], paths: [] as string[] }
      : wrongIn(field, `${path}.${name}`)),
  }))
  if (additionalProperties === false) fields.push({ name: 'unheard', value: 1, paths: [`${path}.unheard`] })
  return {
    value: Object.fromEntries(fields.map(({ name, value }) => [name, value])),
    paths: fields.flatMap(({ paths }) => paths),
  }
}

const optionsOf = (schema: BodySchema): BodySchema[] => schema.anyOf ?? schema.oneOf ?? [schema]

const optionOf = (schema: BodySchema): BodySchema =>
  optionsOf(schema).find(option => option.properties ?? option.items) ?? schema

/** What JSON it takes; `number` for integers too. */
const typesOf = (schema: BodySchema): string[] =>
  optionsOf(schema)
    .flatMap(({ type = [], enum: words }) => (words ? ['string'] : type))
    .map(type => (type === 'integer' ? 'number' : type))

/** Text of a path or a query that a schema refuses. */
export const wrongText = (schema: Schema): string => 'x'.repeat((schema.maxLength ?? 8) + 1)
