import { ExactNumber } from './json.ts'
import type { WrongField } from './wrong-fields.ts'

/** What went wrong, in one word that a program can switch on. */
export type HearthErrorCode =
  /** An argument, a payload or a line of a file is wrong; the message names the field and what would be right. */
  | 'InvalidInput'
  /** An environment variable or a flag is wrong; the message lists every problem. */
  | 'InvalidConfig'
  /** A kind of cached value that is not declared in this process; the message names those that are. */
  | 'UnknownKind'
  /** A Cypher query of your own does not return the documented columns. */
  | 'ColumnMismatch'
  /** The source did not answer, so a miss could not be loaded. */
  | 'WorldUnavailable'
  /** The source answered, and will not take what was to be written, now or later. */
  | 'WorldRefused'
  /** The source gave a query up for the memory or the time that it takes. A smaller one may pass, or the same one later. */
  | 'WorldOverburdened'
  /** So many loads are under way or wait for their turn that this one was refused at once: try again in a moment. */
  | 'Overloaded'
  /** The signal that was given was aborted. Its reason is the cause. */
  | 'Aborted'
  /** No world of that id in the source. */
  | 'WorldNotFound'
  /** The cache's Redis did not answer. Reads never throw this: they go to the source. */
  | 'CacheUnavailable'
  /** The queue's Redis did not answer, or did not take a job or an event. */
  | 'QueueUnavailable'
  /** A server could not be started here; the message says what to install. */
  | 'ServerMissing'
  /** A job that was waited for failed; the message says why. */
  | 'JobFailed'
  /** A job that was to run again has not failed; the message has its state. */
  | 'JobNotFailed'
  /** A world changed faster than a consistent read of it could be made. */
  | 'VersionMoved'
  /** As many events of this world are pending as may be: nothing was accepted. Append again when some are flushed. */
  | 'Backlogged'
  /** The call came after `close()`. */
  | 'Closed'

export interface HearthErrorOptions extends ErrorOptions {
  fields?: readonly WrongField[]
}

/** Every error that Hearth throws on purpose. `cause` holds what lay beneath, where something did. */
export class HearthError extends Error {
  override readonly name = 'HearthError'
  readonly code: HearthErrorCode
  /** Of `InvalidInput`: each field of an argument that is wrong, where that is known. */
  readonly fields: readonly WrongField[]

  constructor(code: HearthErrorCode, message: string, options: HearthErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.fields = options.fields ?? []
  }
}

const passing: readonly HearthErrorCode[] = [
  'CacheUnavailable',
  'QueueUnavailable',
  'WorldUnavailable',
  'WorldOverburdened',
  'Overloaded',
]

/** Whether it ends by itself: a server is away or has too much to do, and what was asked of it is not at fault. */
export const isPassing = (error: unknown): boolean =>
  error instanceof HearthError && passing.includes(error.code)

export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/** What was given in place of something else, for a message: without the text of a string, which may be a secret. */
export function inWords(given: unknown): string {
  if (given instanceof ExactNumber) return String(given)
  if (Array.isArray(given)) return 'a list'
  if (typeof given === 'object' && given !== null) {
    const name = given.constructor?.name ?? 'Object'
    return name === 'Object' ? 'an object' : `a ${name}`
  }
  const hasName = ['string', 'function', 'bigint', 'symbol'].includes(typeof given)
  return hasName ? `a ${typeof given}` : String(given)
}
