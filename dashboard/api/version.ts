import { z } from 'zod'
import type { Kind } from '../../model/kind.ts'
import type { Kinds } from '../../model/kinds.ts'
import type { Backend } from './backend.ts'
import { exactly } from './reads.ts'
import * as s from './schemas.ts'

const config = { needs: 'read' } as const
const tags = ['reads']
const version = z
  .number()
  .nullable()
  .meta({ description: 'Raised by every change and write; null before the first' })

/** The version of a world, and reads that all belong to one version. */
export function versionRoutes(app: s.ApiApp, backend: Backend, kinds: Kinds): void {
  app.get(
    '/worlds/:worldId/version',
    {
      config,
      schema: {
        tags,
        operationId: 'readVersion',
        summary: "The world's version",
        params: s.worldParams,
        response: { 200: z.object({ version }), ...s.problems },
      },
    },
    async ({ params }) => ({ version: await backend.version(params.worldId) }),
  )
  app.post(
    '/worlds/:worldId/read',
    {
      config,
      schema: {
        tags,
        operationId: 'readConsistently',
        summary: 'Entries of any kinds that all belong to one version of the world',
        params: s.worldParams,
        body: z
          .strictObject({ entries: s.some(kinds.targetSchema), limit: s.limit.optional() })
          .meta({ examples: [{ entries: [{ kind: 'flags' }, { kind: 'timeline', id: 'c1' }] }] }),
        response: {
          200: z.object({
            version,
            values: z.array(z.unknown()).meta({ description: 'In the order of the entries; null for none' }),
          }),
          ...s.problems,
        },
      },
    },
    ({ params: { worldId }, body: { entries, limit } }) =>
      backend.consistent(worldId, async () => {
        const [at, values] = await Promise.all([
          backend.version(worldId),
          Promise.all(entries.map(entry => readEntry(backend, kinds.resolve(entry), { worldId, limit }))),
        ])
        return { version: at, values }
      }),
  )
}

function readEntry(
  backend: Backend,
  { kind, item }: ReturnType<Kinds['resolve']>,
  { worldId, limit }: { worldId: string; limit: number | undefined },
): Promise<unknown> {
  const options = exactly(kind.limited ? limit : undefined)
  return item === null
    ? backend.read(kind as Kind<unknown, 'world'>, worldId, options)
    : backend.read(kind as Kind<unknown, 'entity'>, worldId, item as string, options)
}
