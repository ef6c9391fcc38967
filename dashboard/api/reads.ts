import { camelCase, upperFirst } from 'es-toolkit'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { id } from '../../model/ids.ts'
import { jsonText } from '../../model/json.ts'
import type { Item, Kind } from '../../model/kind.ts'
import { parseTimestamp } from '../../model/timestamp.ts'
import { RequestProblem } from '../problem.ts'
import type { Backend, ReadAs } from './backend.ts'
import * as s from './schemas.ts'

interface ReadQuery {
  limit?: number | undefined
  /** Whether each item of a list gets its time as a number that sorts. */
  at?: boolean | undefined
}

const config = { needs: 'read' } as const
const tags = ['reads']

/** What a game reads: from the cache where it is warm, else through one load for all readers. One route a kind, or two. */
export function readRoutes(app: s.ApiApp, backend: Backend, kinds: readonly Kind[]): void {
  for (const kind of kinds) {
    oneRoute(app, backend, kind)
    if (kind.per !== 'world') batchRoute(app, backend, kind)
  }
}

function oneRoute(app: s.ApiApp, backend: Backend, kind: Kind): void {
  const { path, one } = kind.http
  app.get(
    `/worlds/:worldId/${path}${placeOf[kind.per]}`,
    {
      config,
      schema: {
        tags,
        operationId: camelCase(`read ${kind.name}`),
        summary: upperFirst(kind.about),
        params: z.object({ worldId: id, ...paramsOf[kind.per] }),
        querystring: z.object(queryOf(kind)),
        response: { 200: one === null ? schemaOf(kind) : z.object({ [one]: schemaOf(kind) }), ...s.problems },
      },
    },
    async ({ params, query }, reply) => {
      const { worldId, ...rest } = params as { worldId: string }
      const item = itemOf(kind, rest)
      const { limit, at } = query as ReadQuery
      const value = await (item === null
        ? backend.read(kind as Kind<unknown, 'world'>, worldId, exactly(limit))
        : backend.read(kind as Kind<unknown, 'entity'>, worldId, item as string, exactly(limit)))
      if (value === null) throw notFound(kind, item)
      if (at) return asText(reply, one === null ? timed(kind, value) : `{"${one}":${timed(kind, value)}}`)
      return one === null ? value : { [one]: value }
    },
  )
}

function batchRoute(app: s.ApiApp, backend: Backend, kind: Kind): void {
  const { path, ids, many } = kind.http
  const value = schemaOf(kind).nullable()
  const answer = isById(kind) ? z.record(z.string(), value) : z.array(value)
  app.post(
    `/worlds/:worldId/${path}/read`,
    {
      config,
      schema: {
        tags,
        operationId: camelCase(`read many ${kind.name}`),
        summary: `${upperFirst(kind.about)}: many, by one MGET`,
        params: s.worldParams,
        body: batchBody(kind),
        response: { 200: z.object({ [many]: answer }), ...s.problems },
      },
    },
    async ({ params, body }, reply) => {
      const { limit, at, ...given } = body as ReadQuery & Record<string, unknown>
      const items = given[ids] as Item[]
      const wanted = isById(kind) ? [...new Set(items)] : items
      const values = await backend.readMany(kind, params.worldId, wanted, exactly(limit))
      if (!isById(kind)) return { [many]: values }
      if (at)
        return asText(reply, `{"${many}":{${wanted.map((key, i) => entryOf(kind, key, values[i])).join()}}}`)
      return { [many]: Object.fromEntries(wanted.map((key, i) => [key, values[i]])) }
    },
  )
}

export const batchBody = (kind: Kind): z.ZodType =>
  z
    .strictObject({ [kind.http.ids]: s.some(isById(kind) ? id : s.entityRef), ...bodyOf(kind) })
    .meta({ examples: [{ [kind.http.ids]: [isById(kind) ? 'c1' : { type: 'character', id: 'c1' }] }] })

const placeOf = { world: '', entity: '/:entityId', 'typed-entity': '/:type/:id' } as const
const paramsOf = {
  world: {},
  entity: { entityId: id },
  'typed-entity': s.entityRef.shape,
} as const

function itemOf({ per }: Kind, params: { entityId?: string; type?: string; id?: string }): Item {
  if (per === 'world') return null
  return (per === 'entity' ? params.entityId : { type: params.type, id: params.id }) as Item
}

/** Values by their ids in the answer to a batch; those of typed entities in their order. */
const isById = ({ per }: Kind): boolean => per === 'entity'

const queryOf = ({ limited, http: { time } }: Kind) => ({
  ...(limited && { limit: z.coerce.number().pipe(s.limit).optional() }),
  ...(time !== null && {
    at: z
      .stringbool({ truthy: ['true'], falsy: ['false'] })
      .optional()
      .meta(s.at),
  }),
})
const bodyOf = ({ limited, http: { time } }: Kind) => ({
  ...(limited && { limit: s.limit.optional() }),
  ...(time !== null && { at: z.boolean().optional().meta(s.at) }),
})

const schemaOf = ({ value, about }: Kind): z.ZodType => value.meta({ description: upperFirst(about) })

/** A list as JSON text, each item with its time as a number of all its digits, which a JavaScript number may not hold. */
function timed({ http: { time } }: Kind, value: unknown): string {
  const items = value as Record<string, unknown>[]
  const texts = items.map(item => {
    const at = parseTimestamp(String(item[String(time)]))
    return `${jsonText(item).slice(0, -1)},"at":${at ?? null}}`
  })
  return `[${texts.join()}]`
}

const entryOf = (kind: Kind, key: Item, value: unknown): string =>
  `${JSON.stringify(key)}:${value === null ? null : timed(kind, value)}`

/** Numbers are answered with their digits: the client may well not be JavaScript. */
export const exactly = (limit: number | undefined): ReadAs =>
  limit === undefined ? { exactNumbers: true } : { exactNumbers: true, limit }

const asText = (reply: FastifyReply, text: string) => reply.type('application/json').send(text)

function notFound(kind: Kind, item: Item): RequestProblem {
  const what = kind.per === 'world' ? 'world' : kind.noun(typeof item === 'object' ? item?.type : undefined)
  return new RequestProblem('NotFound', `There is no such ${what}, or it is private`)
}
