import { CommanderError } from 'commander'
import { HearthError } from '../model/errors.ts'

/** The command was called with arguments that do not go together. */
export class UsageError extends Error {}

/** What a command that failed leaves behind. */
export interface Failure {
  /** For stderr; empty where everything has been said. */
  text: string
  exitCode: number
}

/** As in BSD's sysexits.h: an internal software error. */
const bug = 70

/** 1 for what went wrong, 2 for what was asked wrongly, 70 and a stack trace for what we did wrong. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) return { text: '', exitCode: error.exitCode === 0 ? 0 : 2 }
  if (error instanceof UsageError) return { text: `error: ${error.message}`, exitCode: 2 }
  if (error instanceof HearthError) {
    return { text: error.message, exitCode: error.code === 'InvalidConfig' ? 2 : 1 }
  }
  const trace = error instanceof Error ? (error.stack ?? String(error)) : String(error)
  return { text: `This is a bug in Hearth:\n${trace}`, exitCode: bug }
}
