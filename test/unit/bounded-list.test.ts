import { expect, test } from 'vitest'
import type { z } from 'zod'
import { batchBody } from '../../dashboard/api/reads.ts'
import { changesBody, invalidateBody, refreshBody } from '../../dashboard/api/schemas.ts'
import { entity, timeline } from '../../model/built-in-kinds.ts'
import { createKinds } from '../../model/kinds.ts'
import { newEventsSchema } from '../../model/new-events.ts'

let looked = 0
/** More items than any list accepts, which count how often one is read. */
const tooMany: unknown[] = new Proxy(new Array(20_000).fill({}), {
  get(items, key, receiver) {
    if (typeof key === 'string' && /^\d+$/.test(key)) looked++
    return Reflect.get(items, key, receiver)
  },
})
const at = '2030-01-01'

test.each<[string, z.ZodType, unknown]>([
  ['changes', changesBody, { changes: tooMany }],
  ['ids of a change', changesBody, { changes: [{ kind: 'event-added', entityIds: tooMany }] }],
  ['targets', invalidateBody(createKinds()), { targets: tooMany }],
  ['entities to refresh', refreshBody, { entities: tooMany }],
  ['refs', batchBody(entity), { refs: tooMany }],
  ['timelines', batchBody(timeline), { entityIds: tooMany }],
  ['events', newEventsSchema, tooMany],
  ['participants', newEventsSchema, [{ timestamp: at, participants: tooMany }]],
  ['tags', newEventsSchema, [{ timestamp: at, tags: tooMany }]],
])('too many %s are refused for their number, before each is looked at', (_, schema, value) => {
  looked = 0
  const { error } = schema.safeParse(value)
  expect(JSON.stringify(error?.issues)).toMatch(/must be at most \d+/)
  expect(error?.issues.length).toBe(1)
  expect(looked).toBe(0)
})
