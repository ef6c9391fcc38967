import { format } from 'node:util'

/**
 * What ioredis says for each connection of a server that refuses us. The first is wrong about a server in protected mode;
 * of both our own lines say more.
 */
const saidByUs = /^\[WARN\] Redis server does not require a password|^Skipping the ready check because INFO/
const mostTexts = 100

/** ioredis and BullMQ warn on the console, for each of a dozen connections: each text is said once. */
export function warnOnce(say: (text: string) => void): (...parts: unknown[]) => void {
  const said = new Set<string>()
  return (...parts) => {
    const text = format(...parts)
    if (saidByUs.test(text) || said.has(text) || said.size >= mostTexts) return
    said.add(text)
    say(text)
  }
}
