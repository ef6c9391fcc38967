import type { FastifyReply, FastifyRequest } from 'fastify'
import { jsonText } from '../../model/json.ts'
import type { Begun, Idempotency } from '../../queues/idempotency.ts'
import { RequestProblem } from '../problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** A request with an Idempotency-Key that is being done for the first time. */
    once: Extract<Begun, { state: 'new' }> | null
  }
}

/** A request that was done is answered as it was then, and not done again. Runs when all else is known to be right. */
export const beginOnce =
  (idempotency: Idempotency) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string') return
    const all = jsonText([request.method, request.url, request.body ?? null])
    const begun = await idempotency.begin(request.who?.name ?? '', key, all)
    switch (begun.state) {
      case 'new':
        request.once = begun
        return
      case 'answered':
        reply.header('idempotency-replayed', 'true').code(begun.answer.status).type('application/json')
        return reply.serializer(String).send(begun.answer.body)
      case 'under-way':
        throw new RequestProblem(
          'UnderWay',
          'A request with this Idempotency-Key is under way; ask again soon',
        )
      case 'other-request':
        throw new RequestProblem(
          'KeyReused',
          'This Idempotency-Key was sent with another request; make a new one',
        )
    }
  }

/**
 * Keeps the answer before it is sent: a client that has it may rely on it. An error is not kept: nothing was
 * done, or it is not known whether it was, and then doing it again is right, as everything here may be done twice.
 */
export async function endOnce(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const { once } = request
  if (!once) return payload
  request.once = null
  const kept = reply.statusCode < 300 && typeof payload === 'string'
  const settling = kept ? once.answer({ status: reply.statusCode, body: payload }) : once.forget()
  await settling.catch(error =>
    request.log.warn(error, 'what came of a request could not be kept for its Idempotency-Key'),
  )
  return payload
}
