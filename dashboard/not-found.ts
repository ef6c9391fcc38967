import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { RequestProblem } from './problem.ts'

/** A request that no route has: 405 and `Allow` where the address has other methods, otherwise 404. */
export function refuseUnrouted(app: FastifyInstance): void {
  // Before its body is read, which nothing here wants.
  app.addHook('preParsing', async (request, reply) => {
    if (request.is404) refuse(request, reply)
  })
  app.setNotFoundHandler(async (request, reply) => refuse(request, reply))

  function refuse(request: FastifyRequest, reply: FastifyReply): never {
    const path = request.url.split('?', 1)[0] ?? ''
    const allowed = app.supportedMethods.filter(method =>
      app.findRoute({ method: method as HTTPMethods, url: path }),
    )
    if (allowed.length === 0) throw new RequestProblem('NotFound', 'There is nothing at this address')
    const methods = allowed.join(', ')
    reply.header('allow', methods)
    const detail = `${request.method} is not taken at this address; it takes ${methods}`
    throw new RequestProblem('MethodNotAllowed', detail)
  }
}
