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
