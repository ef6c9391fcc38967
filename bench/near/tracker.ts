// A process that reads the keys that it is sent over a connection that is tracked, or is not, and answers when it has.

import { Redis } from 'ioredis'
import { openTracked } from '../../cache/near/tracked-connection.ts'

const [host = '', port = ''] = process.argv.slice(2)
const plain = new Redis({ host, port: Number(port) })
const tracked = await openTracked({
  server: { socket: { host, port: Number(port) } },
  limitMs: 5_000,
  onInvalidated: () => {},
  onLost: () => {},
})

process.on('message', async ({ keys, isTracked }: { keys: string[]; isTracked: boolean }) => {
  if (isTracked) await tracked.read(keys)
  else await plain.mget(keys)
  process.send?.('read')
})
process.send?.('ready')
