import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { StartedNeo4j } from '../../tools/servers/neo4j.ts'
import type { Bench } from '../bench.ts'
import { programBeside } from '../program-beside.ts'

export interface GameSetup {
  cache: string
  queue: string
  neo4j: StartedNeo4j
  worldId: string
  /** The characters are `c1` to `c<this number>`. */
  characters: number
}

/** What the game did since the last question. */
export interface Played {
  /** Of its reads of one timeline, in milliseconds. */
  p99: number
  reads: number
  writes: number
  /** Reads, writes and requests for jobs that were refused. */
  failed: number
}

/** Starts the game; answers a function that asks it. */
export async function startGame({ closing }: Bench, setup: GameSetup): Promise<() => Promise<Played>> {
  const { uri, user, password } = setup.neo4j
  const told = JSON.stringify({ ...setup, neo4j: { uri, user, password } })
  const child = fork(programBeside(import.meta.url, 'game'), [told])
  await closing.opened('the game', async () => void child.kill('SIGKILL'))
  await once(child, 'message')
  return async () => {
    const answer = once(child, 'message')
    child.send('played')
    return (await answer)[0] as Played
  }
}
