import { Command } from 'ioredis'
import { expect, test } from 'vitest'
import { slotOf } from '../../cache/slots.ts'

test("a key's slot is the one that ioredis sends it to", () => {
  expect(slotOf('123456789'), "in Redis' specification of its clusters").toBe(0x31c3)
  for (const key of ['foo', 'lw:world:{w-1}:flags', '{}a', 'a{}b', 'a{b', 'x{%C3%A9.~}y{z}', '']) {
    expect(slotOf(key), key).toBe(new Command('get', [key]).getSlot())
  }
})
