import type { FastifyRequest } from 'fastify'

/** Whether the answer must not be an earlier one (RFC 9111, section 5.2.1.4): a page asks so after something was done. */
export const asksAnew = ({ headers }: FastifyRequest): boolean => headers['cache-control'] === 'no-cache'
