import type { Cluster, Redis } from 'ioredis'

/**
 * The connection, which sends what a turn of the event loop asks in one write. A write is a system call, which costs about
 * as much as all the rest of a GET that hits, and a turn often reads several answers and asks as many new questions. No
 * question waits for it: the write is made when the turn's callbacks and promises have run, and no answer is held back
 * until the last one is there, as auto-pipelining does.
 */
export function gatherWrites<R extends Redis | Cluster>(redis: R): R {
  if (redis.isCluster) redis.on('+node', gatherOfServer)
  else gatherOfServer(redis as Redis)
  return redis
}

function gatherOfServer(redis: Redis): void {
  const send = redis.sendCommand.bind(redis)
  let corked: Redis['stream'] | undefined
  const uncork = () => {
    corked?.uncork()
    corked = undefined
  }
  redis.sendCommand = (...sent) => {
    const { stream } = redis
    if (stream && corked === undefined) {
      corked = stream
      stream.cork()
      process.nextTick(uncork)
    }
    return send(...sent)
  }
}
