import { expect, test } from 'vitest'
import type { z } from 'zod'
import {
  changesBody,
  entitiesBody,
  invalidateBody,
  refreshBody,
  timelinesBody,
} from '../../dashboard/api/schemas.ts'
import { newEventsSchema } from '../../world/new-events.ts'

const million = Array.from({ length: 1_000_000 }, () => ({}))
const at = '2030-01-01'

test.each<[string, z.ZodType, unknown]>([
  ['changes', changesBody, { changes: million }],
  ['ids of a change', changesBody, { changes: [{ kind: 'event-added', entityIds: million }] }],
  ['targets', invalidateBody, { targets: million }],
  ['entities to refresh', refreshBody, { entities: million }],
  ['refs', entitiesBody, { refs: million }],
  ['timelines', timelinesBody, { entityIds: million }],
  ['events', newEventsSchema, million],
  ['participants', newEventsSchema, [{ timestamp: at, participants: million }]],
  ['tags', newEventsSchema, [{ timestamp: at, tags: million }]],
])('a million %s are refused for their number, before each is looked at', (_, schema, value) => {
  const begun = performance.now()
  const { error } = schema.safeParse(value)
  const tookMs = performance.now() - begun
  expect(JSON.stringify(error?.issues)).toMatch(/must be at most \d+/)
  expect(error?.issues.length).toBe(1)
  expect(tookMs, 'each of them looked at takes many seconds').toBeLessThan(2_000)
})
