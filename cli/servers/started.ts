import { HearthError } from '../../model/errors.ts'

/** A server that Hearth started, or that it was told of. */
export interface StartedServer {
  /** Which way was taken, in one line. */
  how: string
  /** Stops what was started, and removes its folder. Leaves a server alone that was there before. Safe twice. */
  stop(): Promise<void>
}

/** The process of a server that runs as our child, for those who try what happens when it dies. */
export interface ServerProcess {
  /** Another one after each restart. */
  readonly pid: number
  /** Sends the signal. If it is one that ends the server, resolves once the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** Starts it again, on the same port, with the same folder. Resolves once it answers. */
  restart(): Promise<void>
}

/** Takes one line of progress, for a person. */
export type Say = (line: string) => void

/** The ways of starting a server, from the simplest; each resolves to undefined where it is not possible here. */
export interface Ways<Started extends StartedServer> {
  /** The server that the environment names. */
  given(): Promise<Started | undefined>
  docker(): Promise<Started | undefined>
  child(): Promise<Started | undefined>
  /** A child, of packages that Debian installs. */
  debian(): Promise<Started | undefined>
}

/**
 * Starts a server by the first way that is possible, and says which. An `isolated` one can be killed: the server that
 * the environment names does not count, and a child goes before Docker.
 * @throws HearthError `ServerMissing` with `missing`, which says what to install
 */
export async function startBy<Started extends StartedServer>(
  { given, docker, child, debian }: Ways<Started>,
  { isolated, say, missing }: { isolated: boolean; say: Say; missing: string },
): Promise<Started> {
  for (const way of isolated ? [child, docker, debian] : [given, docker, child, debian]) {
    const started = await way()
    if (!started) continue
    say(started.how)
    return started
  }
  throw new HearthError('ServerMissing', missing)
}
