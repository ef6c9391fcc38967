import { randomUUID } from 'node:crypto'
import { jsonText, parseJsonText, withoutDigits } from '../../model/json.ts'
import type { Flags } from '../../model/world-data.ts'
import { character, event, own } from './made.ts'
import type { ContractParts } from './setup.ts'

export function describeState(parts: ContractParts): void {
  describeWorlds(parts)
  describeSnapshots(parts)
  describeFlags(parts)
}

function describeWorlds({ describe, test, expect, world }: ContractParts): void {
  describe('a world', () => {
    test('that does not exist is null, and has nothing', async () => {
      const nowhere = `w-${randomUUID()}`
      expect(await world().flags(nowhere)).toBeNull()
      expect(await world().snapshot(nowhere)).toBeNull()
      expect(await world().entities(nowhere, [{ type: 'character', id: 'c1' }])).toEqual([null])
      expect(await world().timelines(nowhere, ['c1', 'c2'], 5)).toEqual([null, null])
      expect(await world().members(nowhere, { limit: 10 })).toEqual([])
    })

    test('that does not exist takes no flags, entities or events', async () => {
      const nowhere = `w-${randomUUID()}`
      const notFound = expect.objectContaining({ code: 'WorldNotFound' })
      await expect(world().setFlags(nowhere, { a: 1 })).rejects.toEqual(notFound)
      await expect(world().putEntities(nowhere, [character(own('c'))])).rejects.toEqual(notFound)
      const lost = event('e', '0001-01-01T00:00:00', [])
      await expect(world().addEvents(nowhere, [lost])).rejects.toEqual(notFound)
      expect(await world().snapshot(nowhere)).toBeNull()
    })

    test('that is new is empty', async () => {
      const worldId = `w-${randomUUID()}`
      const saved = await world().saveSnapshot(worldId, {})
      expect(saved).toEqual({
        world_id: worldId,
        world_name: null,
        world_status: null,
        current_time: null,
        last_evolution: null,
        evolution_schedule: null,
        active_characters: {},
        active_locations: {},
        active_objects: {},
        metadata: {},
      })
      expect(await world().snapshot(worldId)).toEqual(saved)
      expect(await world().flags(worldId)).toEqual({})
      expect(await world().members(worldId, { limit: 10 })).toEqual([])
      expect(await world().entities(worldId, [])).toEqual([])
      expect(await world().timelines(worldId, [], 5)).toEqual([])
    })

    test('may have any id', async () => {
      for (const odd of ['with space', 'a:b', '{braces}', '🐉', 'o\'brien \\ "x"', '100%', 'ж'.repeat(100)]) {
        const worldId = `${odd} ${randomUUID()}`
        await world().saveSnapshot(worldId, { world_name: odd })
        expect((await world().snapshot(worldId))?.world_id).toBe(worldId)
      }
    })
  })
}

function describeSnapshots({ describe, test, expect, world, setup }: ContractParts): void {
  describe('a snapshot', () => {
    test('is changed by field, and its flags stay', async () => {
      const { worldId } = await setup()
      await world().setFlags(worldId, { weather: 'storm' })
      const full = {
        world_name: 'Village',
        world_status: 'active',
        current_time: '-0209-01-01T00:00:00',
        last_evolution: '0099-02-03T04:05:06.789Z',
        evolution_schedule: { every: 60, at: [1, 'noon', null] },
        active_characters: { 'a:b c': { name: 'A', mood: { anger: 0.5 } } },
        active_locations: { l1: { name: 'L' } },
        active_objects: {},
        metadata: { deep: [{ er: true }] },
      }
      expect(await world().saveSnapshot(worldId, full)).toEqual({ world_id: worldId, ...full })
      const changed = { ...full, world_status: 'resting', metadata: {}, last_evolution: null }
      const patch = { world_status: 'resting', metadata: {}, last_evolution: null }
      expect(await world().saveSnapshot(worldId, patch)).toEqual({ world_id: worldId, ...changed })
      expect(await world().snapshot(worldId)).toEqual({ world_id: worldId, ...changed })
      expect(await world().flags(worldId)).toEqual({ weather: 'storm' })
    })

    test('cannot give its world another id', async () => {
      const { worldId } = await setup()
      const saved = await world().saveSnapshot(worldId, { world_id: own('other'), world_name: 'Mine' })
      expect(saved.world_id).toBe(worldId)
      expect((await world().snapshot(worldId))?.world_name).toBe('Mine')
    })

    test('is refused by name where it is none, and no world is made', async () => {
      const worldId = own('w')
      const bad: [unknown, RegExp][] = [
        [[], /^snapshot must be an object .*got a list/],
        [
          { world_name: 'x', weather: 'storm' },
          /^snapshot\.weather is no field of a snapshot; they are world_id,/,
        ],
        [{ world_flags: {} }, /^snapshot\.world_flags is no field/],
        [{ world_name: 7 }, /^snapshot\.world_name must be text or null, got 7/],
        [{ active_objects: [] }, /^snapshot\.active_objects must be a JSON object, got a list/],
        [{ metadata: null }, /^snapshot\.metadata must be a JSON object, got null/],
        [{ metadata: { at: new Date(0) } }, /^snapshot\.metadata\.at must be JSON, got a Date/],
        [{ evolution_schedule: [1n] }, /^snapshot\.evolution_schedule\[0\] must be JSON, got a bigint/],
      ]
      for (const [snapshot, message] of bad) {
        const expected = { code: 'InvalidInput', message: expect.stringMatching(message) }
        await expect(world().saveSnapshot(worldId, snapshot as never)).rejects.toMatchObject(expected)
      }
      expect(await world().snapshot(worldId)).toBeNull()
      const saved = await world().saveSnapshot(worldId, { world_name: undefined } as never)
      expect(saved.world_name).toBeNull()
    })

    test('loses private fields, but no entity whose id looks like one', async () => {
      const { worldId } = await setup()
      const saved = await world().saveSnapshot(worldId, {
        active_characters: { 'token keeper': { name: 'K', email: 'k@example.org' } },
        metadata: { owner: { name: 'P', contact: [{ phone: '1' }] } },
      })
      expect(saved.active_characters).toEqual({ 'token keeper': { name: 'K' } })
      expect(saved.metadata).toEqual({ owner: { name: 'P', contact: [{}] } })
      expect(await world().snapshot(worldId)).toEqual(saved)
    })
  })
}

function describeFlags({ describe, test, expect, world, setup }: ContractParts): void {
  describe('flags', () => {
    test('merge by name, null removes one, and what comes back is what stands', async () => {
      const { worldId } = await setup()
      const given = { a: 1, b: { c: [1, 'x', null] } }
      expect(await world().setFlags(worldId, given)).toEqual(given)
      const merged = { b: { d: 2 }, e: false, f: '', g: 0 }
      expect(await world().setFlags(worldId, { a: null, none: null, ...merged })).toEqual(merged)
      expect(await world().flags(worldId)).toEqual(merged)
    })

    test('keep the digits of numbers, those of the source too where JavaScript has read them', async () => {
      const { worldId } = await setup()
      const text = '{"seed":9007199254740993,"rate":1.0,"deep":{"ids":[-1234567890123456789]}}'
      await world().setFlags(worldId, parseJsonText(text) as Flags)
      expect(jsonText(await world().flags(worldId))).toBe(text)
      const { deep = null } = withoutDigits(await world().setFlags(worldId, { storm: true })) ?? {}
      const again = { seed: 2 ** 53, deep: { ...(deep as Flags), more: 1 } }
      expect(jsonText(await world().setFlags(worldId, again))).toBe(
        `${text.slice(0, -2)},"more":1},"storm":true}`,
      )
      const first = await world().saveSnapshot(worldId, { metadata: parseJsonText(text) as Flags })
      const { seed = null } = withoutDigits(first).metadata
      const saved = await world().saveSnapshot(worldId, { metadata: { seed } })
      expect(jsonText(saved.metadata)).toBe('{"seed":9007199254740993}')
    })

    test('set by many at once are all kept', async () => {
      const { worldId } = await setup()
      const names = Array.from({ length: 12 }, (_, i) => `flag ${i}`)
      await Promise.all(names.map(flag => world().setFlags(worldId, { [flag]: true })))
      expect(Object.keys((await world().flags(worldId)) ?? {}).sort()).toEqual(names.sort())
    })

    test('lose private fields, nested too', async () => {
      const { worldId } = await setup()
      const kept = { door: { open: true } }
      const given = { access_token: 't', door: { open: true, password: 'x' } }
      expect(await world().setFlags(worldId, given)).toEqual(kept)
      expect(await world().flags(worldId)).toEqual(kept)
    })

    test('that are no JSON object are refused by name, and none of them is set', async () => {
      const { worldId } = await setup()
      const held: Record<string, unknown> = {}
      held['self'] = held
      const bad: [unknown, RegExp][] = [
        [['storm'], /^flags must be a JSON object .*got a list/],
        [null, /^flags must be a JSON object .*got null/],
        ['storm', /^flags must be .*got a string/],
        [
          { ok: 1, weather: undefined },
          /^flags\.weather must be JSON, or null to remove the flag, got undefined/,
        ],
        [{ ok: 1, deep: { list: [1, 2n] } }, /^flags\.deep\.list\[1\] must be JSON, got a bigint/],
        [{ ok: 1, since: new Date(0) }, /^flags\.since must be JSON, got a Date/],
        [{ ok: 1, 'odd name': Number.NaN }, /^flags\["odd name"\] must be JSON, got NaN/],
        [{ ok: 1, run: () => 1 }, /^flags\.run must be JSON, got a function/],
        [{ ok: 1, held }, /^flags\.held\.self.* lies deeper than 100/],
      ]
      for (const [patch, message] of bad) {
        const expected = { code: 'InvalidInput', message: expect.stringMatching(message) }
        await expect(world().setFlags(worldId, patch as never)).rejects.toMatchObject(expected)
      }
      expect(await world().flags(worldId)).toEqual({})
    })
  })
}
