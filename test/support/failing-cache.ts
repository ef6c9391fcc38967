import { expect } from 'vitest'
import type { openRegisters } from './cache-registers.ts'

const inTime = { timeout: 60_000, interval: 20 }

type Game = Awaited<ReturnType<typeof openRegisters>>

/** All processes trust the cache again, changes are acknowledged as before, and no read lacks one. */
export async function expectToGoOn(game: Game, load: ReturnType<Game['startLoad']>): Promise<void> {
  await game.untilTrusted()
  const before = game.counts.acknowledged
  await expect.poll(() => game.counts.acknowledged, inTime).toBeGreaterThan(before + 100)
  await load.stop()
  await game.untilTrusted()
  await game.expectWritten()
}
