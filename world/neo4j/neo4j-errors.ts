import { handleWhen, retry } from 'cockatiel'
import { Neo4jError } from 'neo4j-driver'
import { HearthError } from '../../model/errors.ts'
import { withHelp } from '../../resilience/server-words.ts'
import { NotBegun } from './bookmark-waits.ts'

const again = (maxAttempts: number, isWorthIt: (error: Neo4jError) => boolean) =>
  retry(
    handleWhen(error => error instanceof Neo4jError && isWorthIt(error)),
    { maxAttempts },
  )

/**
 * Neo4j breaks a query off when another transaction deletes a node that it has found and not yet read. It has changed
 * nothing then, and does not find the node again.
 */
export const despiteDeletions = again(9, ({ code }) => code === 'Neo.ClientError.Statement.EntityNotFound')

/** A pooled connection may have died unseen. A server that did not reach a bookmark in its own time has had enough of it. */
export const twice = again(
  1,
  error => error.retryable && !isOverburden(error) && !/BookmarkTimeout/.test(error.code),
)

/** It may be the fault of the server that was asked, or of the way to it: another one may answer. */
export const isOfOneServer = (error: unknown): boolean =>
  error instanceof NotBegun || (error instanceof Neo4jError && error.retryable && !isOverburden(error))

/** Of a text that is no bookmark of Neo4j's. */
export const isNoBookmark = (error: unknown): boolean =>
  error instanceof Neo4jError && error.code.startsWith('Neo.ClientError.Transaction.InvalidBookmark')

/** Of a write an error may say that it is what was written that is at fault, not the server or the way to it. */
export const refused = (at: string, error: unknown): unknown =>
  error instanceof Neo4jError && isRefusal(error)
    ? new HearthError('WorldRefused', `Neo4j: ${error.message} (${error.code})`, { cause: error })
    : unavailable(at, error)

/**
 * A server that cannot write (a follower) says so by a code of the same kind; and a value that is too large for an index
 * has the code of whatever goes wrong in the server.
 */
const isRefusal = ({ code, message }: Neo4jError): boolean =>
  code === 'Neo.ClientError.Schema.ConstraintValidationFailed' ||
  code === 'Neo.ClientError.Schema.TokenNameError' ||
  (code.startsWith('Neo.ClientError.Statement.') && !code.endsWith('.AccessMode')) ||
  (code === 'Neo.DatabaseError.Statement.ExecutionFailed' &&
    message.startsWith('Property value is too large to index'))

/** A memory pool or the heap was not enough (Neo4j calls some of these transient), or the time that a query may take. */
export const isOverburden = ({ code }: Neo4jError): boolean =>
  /OutOfMemory|MemoryLimit|TransactionTimedOut/.test(code)

export const overburdened = (error: Neo4jError): HearthError =>
  new HearthError('WorldOverburdened', `Neo4j: ${error.message} (${error.code})`, { cause: error })

/** The driver's advice for all failures alike, in front of the reason. */
const generalAdvice = /^Failed to connect to server\..* Caused by: /s

/** An error that is not Neo4j's stays what it is. */
export function unavailable(at: string, error: unknown): unknown {
  if (!(error instanceof Neo4jError)) return error
  if (isOverburden(error)) return overburdened(error)
  const { message, code } = error
  const words = code.startsWith('Neo.')
    ? `${message} (${code})`
    : `no connection to ${at}: ${message.replace(generalAdvice, '')}` // the codes of the driver say nothing more
  return new HearthError('WorldUnavailable', `Neo4j: ${withHelp(words)}`, { cause: error })
}
