import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBoardFile } from '../register/board.ts'

/** Of the reader, and the writer's arguments. */
export interface HammerSetup {
  redisUrl: string
  worldId: string
  ids: string[]
  /** What the source has. See `Board`. */
  sourceFile: string
  /** What readers must see. */
  acknowledgedFile: string
  /** Connections that write, so that a server with several threads uses them. */
  writers: number
}

export const ref = (id: string) => ({ type: 'character', id }) as const

export async function createHammerSetup(
  redisUrl: string,
): Promise<HammerSetup & { remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-hammer-'))
  const ids = Array.from({ length: 2_000 }, (_, i) => `c${i}`)
  const sourceFile = join(folder, 'source')
  const acknowledgedFile = join(folder, 'acknowledged')
  for (const file of [sourceFile, acknowledgedFile]) createBoardFile(file, ids.length, 1)
  return {
    redisUrl,
    worldId: 'hammer',
    ids,
    sourceFile,
    acknowledgedFile,
    writers: 8,
    remove: () => rm(folder, { recursive: true }),
  }
}
