import { spawn } from 'node:child_process'

const keptCharacters = 4_000

/**
 * Runs a program to its end, without a terminal. Resolves to its code, null if a signal ended it, and the end of what it
 * printed, on both channels.
 * @throws the system's error if it cannot be started at all
 */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  return new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-keptCharacters)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', reject)
    child.once('close', code => resolve({ code, output: output.trim() }))
  })
}
