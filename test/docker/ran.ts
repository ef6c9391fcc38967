import { run } from '../../cli/servers/run.ts'

/** Runs a program to its end. Resolves to the end of what it printed; throws with it where its code is not 0. */
export async function ran(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { code, output } = await run(command, args, env)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`)
  return output
}
