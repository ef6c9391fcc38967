import type { Cluster, Redis } from 'ioredis'

/**
 * The connection, which sends what a turn of the event loop asks in one write. A write is a system call, which costs about
 * as much as all the rest of a GET that hits, and a turn often reads several answers and asks as many new questions. No
 * question waits for it: the write is made when the turn's callbacks and promises have run, and no answer is held back
 * until the last one is there, as auto-pipelining does.
 * @param most questions in a write. Where Redis takes longer for one than this process, it is to begin with the first
 *   while the others are being made, or the two would take turns: then few. Default: all of a turn.
 */
export function gatherWrites<R extends Redis | Cluster>(redis: R, most = Number.POSITIVE_INFINITY): R {
  if (redis.isCluster) redis.on('+node', node => gatherOfServer(node, most))
  else gatherOfServer(redis as Redis, most)
  return redis
}

function gatherOfServer(redis: Redis, most: number): void {
  const send = redis.sendCommand.bind(redis)
  let corked: Redis['stream'] | undefined
  let gathered = 0
  const uncork = () => {
    corked?.uncork()
    corked = undefined
    gathered = 0
  }
  redis.sendCommand = (...sent) => {
    const { stream } = redis
    if (stream && corked === undefined) {
      corked = stream
      stream.cork()
      process.nextTick(uncork)
    }
    const answer = send(...sent)
    gathered += 1
    if (gathered === most) {
      corked?.uncork()
      corked?.cork()
      gathered = 0
    }
    return answer
  }
}
