import { compact } from 'es-toolkit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Action, Actions } from '../queues/actions.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What an operator does by this route, in a word. */
    action?: string
  }
  interface FastifyRequest {
    /** The first job in the answer. */
    job?: Action['job']
  }
}

const longest = 500

/** Logs what operators do by hand, done or refused, with who, what and when, and keeps the newest for the page. */
export function logOperators(app: FastifyInstance, actions: Actions): void {
  app.decorateRequest('job', undefined)
  app.addHook('preSerialization', async (request, _reply, answer) => {
    if (request.routeOptions.config.action !== undefined) request.job = jobIn(answer)
    return answer
  })
  app.addHook('onResponse', async (request, reply) => {
    if (request.method === 'GET' || request.method === 'HEAD' || request.is404) return
    const { action, needs = 'operate' } = request.routeOptions.config
    if (needs !== 'operate' || !request.who) return // without a token the answer is a 401
    const done: Action = {
      at: Date.now(),
      who: request.who.name,
      what: action ?? boardAction(request),
      on: targetOf(request).slice(0, longest),
      status: reply.statusCode,
      worldId: worldOf(request),
      job: request.job,
    }
    request.log.info({ action: done }, `${done.who}: ${done.what} ${done.on} (${done.status})`)
    await actions
      .note(done)
      .catch(error => request.log.warn(error, 'an action could not be kept for the page'))
  })
}

/** Bull Board's addresses end with what they do: `…/warm/17/retry`. */
const boardAction = ({ url }: FastifyRequest): string => url.split('?')[0]?.split('/').at(-1) ?? ''

interface Named {
  kind?: string
  type?: string
  id?: string
}

const worldOf = ({ params }: FastifyRequest): string | undefined =>
  (params as { worldId?: string } | undefined)?.worldId

const jobAnswer = z.object({ queue: z.string(), id: z.string() })
const jobsAnswer = z.object({ jobs: z.array(jobAnswer).min(1) })

function jobIn(answer: unknown): Action['job'] {
  return jobAnswer.safeParse(answer).data ?? jobsAnswer.safeParse(answer).data?.jobs[0]
}

function targetOf(request: FastifyRequest): string {
  const { url, body } = request
  const worldId = worldOf(request)
  if (worldId === undefined) return url.split('?')[0] ?? ''
  const { targets, entities, all } = (body ?? {}) as {
    targets?: Named[]
    entities?: (string | Named)[]
    all?: true
  }
  if (all) return `all of ${worldId}`
  const named = [...(targets ?? []), ...(entities ?? [])].map(inWords)
  return named.length > 0 ? `${named.join(', ')} of ${worldId}` : worldId
}

function inWords(named: string | Named): string {
  if (typeof named === 'string') return `entity ${named}`
  return compact([named.type ?? named.kind, named.id]).join(' ')
}
