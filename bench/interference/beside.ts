import { fork } from 'node:child_process'
import type { LoadLimiterOptions } from '../../resilience/load-limiter.ts'
import type { StartedNeo4j } from '../../tools/servers/neo4j.ts'
import { programBeside } from '../program-beside.ts'

/** A worker in a separate process that warms a world again and again. It begins paused. */
export interface WarmerBeside {
  resume(): Promise<void>
  /** Answers how many entries it has loaded since `resume`, and its limit of loads. None runs any more then. */
  pause(): Promise<{ loaded: number; limit: number }>
  close(): Promise<void>
}

export interface WarmerSetup {
  cache: string
  queue: string
  /** Of its own keys, so that it waits for nothing that another worker holds. */
  fleet: string
  neo4j: Pick<StartedNeo4j, 'uri' | 'user' | 'password'>
  worldId: string
  loadLimiter: LoadLimiterOptions
}

export function openWarmerBeside({ neo4j, ...others }: WarmerSetup): WarmerBeside {
  const { uri, user, password } = neo4j
  const setup: WarmerSetup = { ...others, neo4j: { uri, user, password } }
  const child = fork(programBeside(import.meta.url, 'worker'), [JSON.stringify(setup)])
  const ready = answer()

  function answer<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('the worker has ended'))
      child.once('exit', ended)
      child.once('message', told => {
        child.off('exit', ended)
        resolve(told as T)
      })
    })
  }
  async function tell<T>(what: 'resume' | 'pause'): Promise<T> {
    await ready
    const answered = answer<T>()
    child.send(what)
    return answered
  }
  ready.catch(() => {})

  return {
    resume: () => tell('resume'),
    pause: () => tell('pause'),
    async close() {
      child.kill('SIGKILL')
    },
  }
}
