import { hostname } from 'node:os'

/** This process, as an operator knows it. */
export const thisProcess = `${hostname()}:${process.pid}`

/** What a server's CLIENT LIST calls a connection of this process: `hearth:cache:reads:host:pid`. */
export const connectionName = (server: 'cache' | 'queue', use: string): string =>
  `hearth:${server}:${use}:${thisProcess}`
