import type { Command } from 'commander'

/**
 * Gives each id of an option that takes several an option of its own (`--retry a -x` becomes `--retry=a --retry=-x`), so
 * that an id that begins with a dash is no option. What begins with two dashes, and a short option of the command,
 * remain options. An option whose word may be left out (`--wait`) takes none but its own: what follows it is the world.
 */
export function idsWithDashes(program: Command, args: readonly string[]): string[] {
  const command = program.commands.find(each => each.name() === args[0])
  if (!command) return [...args]
  const { options } = command
  const takesIds = new Set(options.flatMap(({ variadic, long }) => (variadic && long ? [long] : [])))
  const choices = new Map(options.map(({ long, optional, argChoices }) => [long, optional && argChoices]))
  const short = new Set(['-h', ...options.flatMap(option => option.short ?? [])])
  const isOption = (arg: string) => arg.startsWith('--') || short.has(arg)

  const rewritten: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string
    if (arg === '--') return [...rewritten, ...args.slice(at)]
    if (!takesIds.has(arg)) {
      const words = choices.get(arg)
      rewritten.push(words && !words.includes(args[at + 1] ?? '') ? `${arg}=${words[0]}` : arg)
      continue
    }
    const from = at + 1
    while (at + 1 < args.length && !isOption(args[at + 1] as string)) at++
    const ids = args.slice(from, at + 1).map(id => `${arg}=${id}`)
    rewritten.push(...(ids.length > 0 ? ids : [arg]))
  }
  return rewritten
}
