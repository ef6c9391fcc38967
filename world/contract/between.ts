import { character, event, full, member, own, read } from './made.ts'
import type { ContractParts } from './setup.ts'

/** What two readers, or two worlds, must not share. */
export function describeBetween({ test, expect, name, world, setup, sharedIds }: ContractParts): void {
  test('no caller has an object in common with the world', async () => {
    const c = character(own('c'), { list: [1], map: { a: 1 } })
    const { worldId, add, timeline } = await setup(c)
    const tags = ['mine']
    const one = { ...event(own('e'), '0001-01-01T00:00:00', [c.id]), tags }
    await add(one)
    tags.push('changed')
    Object.assign(c.props['map'] as object, { b: 2 })
    const [entity] = await world().entities(worldId, [c])
    const events = await timeline(c.id)
    expect(entity).toEqual({ ...read(c), map: { a: 1 } })
    expect(events?.[0]?.tags).toEqual(['mine'])
    Object.assign(entity?.['map'] as object, { b: 2 })
    events?.[0]?.tags.push('changed')
    expect(await world().entities(worldId, [c])).toEqual([{ ...read(c), map: { a: 1 } }])
    expect((await timeline(c.id))?.[0]?.tags).toEqual(['mine'])
  })

  if (!sharedIds) console.log(`skipped: two worlds with the same ids, which ${name} cannot tell apart`)
  const maybe = sharedIds ? test : test.skip
  maybe('two worlds may have entities and events of the same ids', async () => {
    const c = character(own('c'), { of: 'first' })
    const first = await setup(c)
    const second = await setup({ ...c, name: 'Other', props: { of: 'second' } })
    const [early, late] = [
      event(own('e1'), '0001-01-01T00:00:00', [c.id]),
      event(own('e2'), '0002-01-01T00:00:00', [c.id]),
    ]
    await first.add(early, late)
    await second.add({ ...early, title: 'Other' })
    expect(await world().entities(first.worldId, [c])).toEqual([{ ...read(c), of: 'first' }])
    expect(await world().entities(second.worldId, [c])).toEqual([{ ...read(c), name: 'Other', of: 'second' }])
    expect(await first.eventIds(c.id)).toEqual([late.event_id, early.event_id])
    expect(await second.timeline(c.id)).toEqual([{ ...full(early), title: 'Other' }])
    await world().removeEntities(second.worldId, [c])
    expect(await first.eventIds(c.id)).toEqual([late.event_id, early.event_id])
    expect(await world().members(first.worldId, { limit: 5 })).toEqual([member(c)])
  })
}
