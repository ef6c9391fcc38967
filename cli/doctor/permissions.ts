import { randomUUID } from 'node:crypto'
import { uniq } from 'es-toolkit'
import { asError } from '../../model/errors.ts'

/** What Hearth sends to both of its Redis servers, its scripts too, on a key that holds text. */
const toBoth = [
  ...['get KEY', 'mget KEY', 'exists KEY', 'pttl KEY', 'type KEY', 'pexpire KEY 60000', 'incr KEY'],
  ...['zadd KEY 0 m', 'zcard KEY', 'zincrby KEY 0 m', 'zmscore KEY m', 'zrange KEY 0 0', 'zrem KEY m'],
  ...['zrangebyscore KEY 0 0', 'zremrangebyrank KEY 0 0', 'zremrangebyscore KEY 0 0', 'zrevrange KEY 0 0'],
  ...['zrevrangebyscore KEY 0 0', 'zscore KEY m', 'del KEY', 'unlink KEY', 'ping', 'time', 'info server'],
  ...['wait 0 0', 'client setname hearth-doctor'],
]

export const cacheCommands: readonly string[] = [
  ...toBoth,
  ...['getrange KEY 0 0', 'setrange KEY 0 t', 'strlen KEY', 'zrevrank KEY m', 'zscan KEY 0'],
  ...['zunionstore KEY 1 KEY', 'client tracking off'],
]

/** Commands of the near cache alone: without them it is off, and reads go on. */
export const nearCommands: readonly string[] = ['client|tracking']

/** A connection that listens to a channel takes few other commands, until it listens no more. */
const endOfListening = 'unsubscribe KEY'

/** BullMQ's among them. */
export const queueCommands: readonly string[] = [
  ...toBoth,
  ...['expire KEY 60', 'pexpireat KEY 32503680000000', 'incrby KEY 0', 'rename KEY KEY'],
  ...['hdel KEY f', 'hexists KEY f', 'hget KEY f', 'hgetall KEY', 'hincrby KEY f 0', 'hlen KEY'],
  ...['hmget KEY f', 'hmset KEY f v', 'hset KEY f v', 'hstrlen KEY f', 'hvals KEY'],
  ...['lindex KEY 0', 'llen KEY', 'lpop KEY', 'lpos KEY e', 'lpush KEY e', 'lrange KEY 0 0', 'lrem KEY 0 e'],
  ...['lset KEY 0 e', 'ltrim KEY 0 0', 'rpop KEY', 'rpoplpush KEY KEY', 'rpush KEY e'],
  ...['sadd KEY m', 'scard KEY', 'sismember KEY m', 'smembers KEY', 'srem KEY m', 'sscan KEY 0'],
  ...['xadd KEY MAXLEN 1 * f v', 'xdel KEY 0-1', 'xlen KEY', 'xrange KEY - +', 'xtrim KEY MAXLEN 1'],
  ...['xread COUNT 1 STREAMS KEY 0', 'bzpopmin KEY 0.01', 'zcount KEY 0 0', 'zlexcount KEY - +'],
  ...['zpopmin KEY', 'zrangebylex KEY - +', 'zrevrangebylex KEY + -', 'publish KEY m', 'multi', 'discard'],
  ...['subscribe KEY', endOfListening],
]

/** A connection to a Redis, or to a cluster. */
interface Sender {
  call(command: string, ...args: string[]): Promise<unknown>
}

export interface Refused {
  /** Commands that the user may not send. */
  commands: string[]
  /** The key, where the user may not use keys of this name. */
  key: string | undefined
  /** The channel, where the user may not use channels of this name. */
  channel: string | undefined
}

/** How long the key lives that the commands are tried on, where it cannot be removed. Milliseconds. */
const lifeMs = 60_000

/**
 * What the user of this connection may not do. Each command is tried on a key of its own that holds text, so that most
 * are answered with WRONGTYPE, which shows that they are allowed; no other key is touched. Channels have the same name.
 * @param prefix what the names of keys and channels begin with
 */
export async function refusedTo(
  redis: Sender,
  prefix: string,
  commands: readonly string[],
): Promise<Refused> {
  const key = `${prefix}:probe:${randomUUID()}`
  const refused: Refused = { commands: [], key: undefined, channel: undefined }

  async function attempt(text: string): Promise<void> {
    const [command = '', ...args] = text.split(' ').map(word => (word === 'KEY' ? key : word))
    const answer = await redis.call(command, ...args).catch(asError)
    if (!(answer instanceof Error) || !answer.message.includes('NOPERM')) return
    const [, named] = / the '([^']+)' command/.exec(answer.message) ?? [] // with its subcommand
    if (named !== undefined) refused.commands.push(named)
    else if (/channel/i.test(answer.message)) refused.channel = key
    else refused.key = key
  }
  const isAllowed = () => refused.key === undefined && !refused.commands.includes('set')
  const setText = () => attempt(`set KEY text PX ${lifeMs}`)

  await attempt('eval return(1) 0')
  for (const command of commands) {
    if (command !== endOfListening) await setText() // an earlier command may have replaced or removed it
    if (!isAllowed()) break // what comes would leave another type behind, for ever
    await attempt(command)
  }
  await attempt('unlink KEY')
  return { ...refused, commands: uniq(refused.commands) }
}
