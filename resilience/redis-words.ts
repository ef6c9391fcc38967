import { createRequire } from 'node:module'
import type standalone from 'ioredis/built/connectors/StandaloneConnector.js'
import { isDefinite, withHelp, wordsOf } from './server-words.ts'

/** What ioredis says of a command where the connection is at fault: nothing of why. */
const symptoms: readonly (readonly [RegExp, string])[] = [
  [/^Reached the max retries per request limit/, 'the connection was lost before it answered'],
  [/^Command timed out$/, 'no answer in time'],
  [/^Connection is closed/, 'the connection was closed'],
  [/^Stream isn't writeable/, 'not connected'],
  [/^no answer within|^not connected/, ''],
]

/** For so long the last trouble of a connection explains why a command of it failed. Milliseconds. */
const freshMs = 15_000
const troubles = new WeakMap<object, { words: string; at: number }>()

interface Emitter {
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** From now on the connection's last trouble explains why its commands fail. */
export function rememberErrors<T extends Emitter>(connection: T): T {
  connection.on('error', error => {
    const words = wordsOf(error)
    if (symptoms.some(([pattern]) => pattern.test(words))) return
    const known = freshTrouble(connection)
    if (known && isDefinite(known) && !isDefinite(words)) return // a connection that was refused is closed, too
    troubles.set(connection, { words, at: performance.now() })
  })
  return connection
}

/** Why something failed, in the words of the server if it had any, with what to do. */
export function reasonOf(error: unknown, connection?: object): string {
  const words = wordsOf(error)
  const symptom = symptoms.find(([pattern]) => pattern.test(words))
  if (!symptom) return withHelp(words)
  const trouble = connection && freshTrouble(connection)
  return trouble ? withHelp(trouble) : symptom[1] || words
}

function freshTrouble(connection: object): string | undefined {
  const { words, at } = troubles.get(connection) ?? {}
  return at !== undefined && performance.now() - at < freshMs ? words : undefined
}

// Required, because what an import of it has differs between Node and those who transpile CommonJS.
const { default: StandaloneConnector } = createRequire(import.meta.url)(
  'ioredis/built/connectors/StandaloneConnector.js',
) as typeof standalone

/** The first byte of a TLS record that says that something was wrong. */
const tlsAlert = 0x15
/** What a Redis says before it closes a connection that it does not take. */
const farewell = /^-(?:DENIED|ERR max number of clients)/

/**
 * ioredis' way to one server, which also reports what the server says before it closes a new connection: ioredis takes
 * "protected mode" for a server without a password, and forgets other words when the connection closes.
 */
export class ReasonedConnector extends StandaloneConnector {
  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof StandaloneConnector>[0])
  }

  override async connect(emit: (type: string, error: Error) => void) {
    const stream = await super.connect(emit as never)
    stream.once('data', (chunk: Buffer) => {
      if (chunk[0] === tlsAlert) emit('error', new Error('it answered with a TLS alert'))
      const [line = ''] = chunk.toString('latin1', 0, 512).split('\r\n', 1)
      const [sentence = ''] = line.split('. ', 1) // the rest is advice for the person at that server
      if (farewell.test(line)) emit('error', new Error(sentence.slice(1)))
    })
    return stream
  }
}
