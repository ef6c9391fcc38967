import type { Redis } from 'ioredis'

/** How long a part of the process waits for a connection that it shares with others. */
export interface Patience {
  /** How long a command may take. Milliseconds; default: as long as the connection allows. */
  commandTimeout?: number | undefined
  /** Whether a command waits where the connection is not there; otherwise it fails at once. Default true. */
  enableOfflineQueue?: boolean | undefined
}

type Sent = Parameters<Redis['sendCommand']>
type Listener = (...given: unknown[]) => void

const limited = new WeakSet<object>()
const viewOfCommand = new WeakMap<object, Redis>()
const ended = new WeakSet<Redis>()
/** Pipelines of which a command was given up: ioredis writes all of one or nothing. */
const broken = new WeakSet<object>()

/** Whether an error is of a command with a time limit, whose caller is to hear of it at once. */
export const isOfLimited = (error: Error & { command?: { args: object } }): boolean =>
  error.command !== undefined && limited.has(error.command.args)

/** What was given up is not sent again, by a connection that sends again what it lost. Called once for a connection. */
export function dropGivenUp(redis: Redis): void {
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (...sent) => {
    const [command, pipeline] = sent
    const view = viewOfCommand.get(command)
    const isGivenUp = command.isSettled || (view !== undefined && ended.has(view))
    return isGivenUp || (pipeline && broken.has(pipeline)) ? giveUp(sent) : send(...sent)
  }
}

function giveUp([command, pipeline]: Sent, why = 'Connection is closed.'): Promise<unknown> {
  if (pipeline) broken.add(pipeline)
  command.reject(new Error(why))
  return command.promise
}

/**
 * A connection as one of those sees it who share it: with its own patience, and `disconnect` ends the view alone. A
 * command that has taken too long is not sent any more, so while the connection is away nothing piles up.
 * @param own what the view does in its own way
 */
export function viewOf(
  redis: Redis,
  { commandTimeout, enableOfflineQueue = true }: Patience,
  own: Partial<Pick<Redis, 'duplicate'>> = {},
): Redis {
  const listening: [event: string, listener: Listener][] = []
  const held = holdCommands(redis)

  function sendCommand(...sent: Sent): unknown {
    const [command] = sent
    if (ended.has(view)) return giveUp(sent)
    viewOfCommand.set(command, view)
    if (commandTimeout !== undefined) {
      command.setTimeout(commandTimeout)
      limited.add(command.args)
    }
    if (redis.status === 'ready' || redis.status === 'end') return redis.sendCommand(...sent)
    if (!enableOfflineQueue) return giveUp(sent, `Stream isn't writeable (${redis.status})`)
    return commandTimeout === undefined ? redis.sendCommand(...sent) : held.add(sent)
  }

  function disconnect(): void {
    if (ended.has(view)) return
    ended.add(view)
    for (const [event, listener] of listening) redis.off(event, listener)
    held.stop()
    process.nextTick(() => {
      for (const [event, listener] of listening) if (event === 'end') listener()
    })
  }

  const ours: Record<string | symbol, unknown> = {
    ...own,
    sendCommand,
    disconnect,
    on(event: string, listener: Listener) {
      if (!ended.has(view)) redis.on(event, listener)
      listening.push([event, listener])
      return view
    },
  }
  const view: Redis = new Proxy(redis, {
    get(target, name, receiver) {
      if (name === 'status' && ended.has(view)) return 'end'
      return name in ours ? ours[name] : Reflect.get(target, name, receiver)
    },
  })
  return view
}

/** Commands that wait until the connection is there, each no longer than its time limit. */
function holdCommands(redis: Redis) {
  const held = new Set<Sent>()

  function sendAll(): void {
    const all = [...held]
    held.clear()
    for (const sent of all) redis.sendCommand(...sent)
  }
  redis.on('ready', sendAll)

  return {
    add(sent: Sent): Promise<unknown> {
      const [command, pipeline] = sent
      held.add(sent)
      const drop = () => {
        if (held.delete(sent) && pipeline) broken.add(pipeline)
      }
      command.promise.then(drop, drop)
      return command.promise
    },
    stop(): void {
      redis.off('ready', sendAll)
      for (const sent of held) giveUp(sent)
    },
  }
}
