import { thisMachine } from '../../cli/servers/debian.ts'
import { onPath } from '../../cli/servers/on-path.ts'
import { startChild } from '../../cli/servers/start-child.ts'

export interface Prometheus {
  prometheus: string
  promtool: string
}

/**
 * Both programs from the PATH or from Debian's package, installed as root; undefined, after a message, if neither
 * works.
 */
export async function findPrometheus(): Promise<Prometheus | undefined> {
  const say = (line: string): void => console.log(`[prometheus] ${line}`)
  const search = (): Prometheus | undefined => {
    const prometheus = onPath('prometheus', process.env)
    const promtool = onPath('promtool', process.env)
    return prometheus && promtool ? { prometheus, promtool } : undefined
  }
  const found =
    search() ??
    (thisMachine.debianAsRoot && (await thisMachine.install(['prometheus'], process.env, say))
      ? search()
      : undefined)
  if (!found) say('prometheus and promtool are not on the PATH: THEIR TESTS ARE SKIPPED')
  return found
}

/** A Prometheus on a free port of 127.0.0.1, with the configuration that `prepare` writes into its folder. */
export async function startPrometheus(
  { prometheus }: Prometheus,
  prepare: (folder: string) => Promise<void>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const { port, stop } = await startChild({
    name: 'Prometheus',
    command: prometheus,
    args: ({ folder, port }) => [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    env: process.env,
    prepare: ({ folder }) => prepare(folder),
    answers: async ({ port }) =>
      (await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined))?.ok ?? false,
    readyMs: 20_000,
    stopMs: 5_000,
  })
  return { url: `http://127.0.0.1:${port}`, stop }
}
