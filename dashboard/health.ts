import { pick } from 'es-toolkit'
import type { FastifyPluginAsync } from 'fastify'
import type { NearStats } from '../cache/near/near-state.ts'
import { asError } from '../model/errors.ts'
import { within } from '../resilience/within.ts'

/** Within this a readiness check has to answer; what asks (an orchestrator) gives up soon after. */
const limitMs = 2000
const late = () => new Error(`the check did not answer within ${limitMs} ms`)

export interface HealthDeps {
  ready(): Promise<string[]>
  /** In what other processes differ from this one, in words. */
  differing(): string[]
  /** Of a process with a near cache. */
  near?: (() => Pick<NearStats, 'state' | 'reason'>) | undefined
}

/**
 * `/healthz`: the process answers, so it need not be restarted, whatever it waits for.
 * `/readyz`: 200 `{ready: true, problems: []}`, or 503 and the problems, in words. Where other processes decide differently
 * about cached values, `differing` says so, and changes nothing of the status: a rolling deployment makes all processes
 * differ from some, and must not take all of them out. Nor does the state of the near cache, without which reads go on.
 */
export const healthChecks: FastifyPluginAsync<HealthDeps> = async (app, { ready, differing, near }) => {
  // Not limited: a client that asks too much from an orchestrator's address must not have us restarted.
  const config = { needs: 'nothing', rateLimit: false } as const
  app.get('/healthz', { config }, async () => ({ alive: true }))
  app.get('/readyz', { config }, async (_request, reply) => {
    const asked = ready().catch((error: unknown) => [String(error)])
    const problems = await within(limitMs, asked, late).catch(error => [asError(error).message])
    const others = differing()
    return reply.code(problems.length === 0 ? 200 : 503).send({
      ready: problems.length === 0,
      problems,
      ...(others.length > 0 && { differing: others }),
      ...(near && { near: pick(near(), ['state', 'reason']) }),
    })
  })
}
