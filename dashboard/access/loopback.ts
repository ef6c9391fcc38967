import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { HearthError } from '../../model/errors.ts'
import { RequestProblem } from '../problem.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const isLoopback = (ip: string) => loopback.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4')

/**
 * Refuses an address that others could reach, for where no tokens are set: Bull Board can delete jobs.
 * Throws `InvalidConfig`, naming `HEARTH_HOST`.
 */
export async function requireLoopback(host: string): Promise<void> {
  const found = await lookup(host, { all: true }).catch(cause => {
    throw new HearthError('InvalidConfig', `HEARTH_HOST is "${host}", which is no address of this machine`, {
      cause,
    })
  })
  if (found.every(({ address }) => isLoopback(address))) return
  throw new HearthError(
    'InvalidConfig',
    `HEARTH_HOST is "${host}", which other machines can reach, while there are no tokens: ` +
      'anyone there could read and delete jobs. Set HEARTH_TOKENS, or 127.0.0.1, ::1 or localhost',
  )
}

/**
 * Refuses what a web page elsewhere makes an operator's browser send here: by a name of its own that it points at
 * 127.0.0.1 (then `Host` is that name), or by a form (then `Origin` is that page).
 */
export async function refuseStrangers(request: FastifyRequest): Promise<void> {
  const { hostname } = request
  const bare = hostname.replace(/^\[|\]$/g, '')
  const here = bare === 'localhost' || (isIP(bare) !== 0 && isLoopback(bare))
  const { origin } = request.headers
  const own = origin === undefined || origin === `${request.protocol}://${request.host}`
  if (here && own) return
  const detail = 'Only pages of this machine itself may ask: use 127.0.0.1 or localhost'
  throw new RequestProblem('ForeignOrigin', detail)
}
