import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/**
 * Runs a file of this folder in a separate process, which is killed when the test ends. It communicates by messages.
 */
export function forkSupport(
  file: string,
  args: readonly string[],
  { execArgv = [] }: { execArgv?: readonly string[] } = {},
): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = fork(path, args, { execArgv: ['--import', 'tsx', ...execArgv] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

/** The child's next message; rejects where it ends without one. */
export function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', message => resolve(message as T))
    child.once('exit', (code, signal) => reject(new Error(`the child ended with ${code ?? signal}`)))
  })
}
