import { Job, type Queue } from 'bullmq'
import { HearthError } from '../errors.ts'
import { parsePayload } from '../queues/payload.ts'
import { type WarmProgress, type WarmWorldPayload, warmChunkPayload, warmJobs } from '../queues/warm.ts'
import type { JobDeps } from './deps.ts'
import { warmChunk } from './warm-chunk.ts'
import { warmWorld } from './warm-world.ts'

/** Works on the `warm` queue's jobs: worlds, and the chunks that large worlds are divided into. */
export function warmProcessor(deps: JobDeps, queue: Queue) {
  const worldDeps = {
    ...deps,
    async addChunks(parent: Job, chunks: { jobId: string; payload: unknown }[]) {
      const parentRef = { id: String(parent.id), queue: parent.queueQualifiedName }
      await queue.addBulk(
        chunks.map(({ jobId, payload }) => ({
          name: warmJobs.chunk,
          data: payload,
          opts: { jobId, parent: parentRef, failParentOnFailure: true },
        })),
      )
    },
  }

  return async (job: Job, token = ''): Promise<unknown> => {
    if (job.name === warmJobs.world) return warmWorld(worldDeps, job, token)
    if (job.name === warmJobs.chunk) {
      const tally = await warmChunk(deps, parsePayload(warmChunkPayload, job.data, 'warm chunk'))
      await reportProgress(queue, job)
      return tally
    }
    throw new HearthError('InvalidInput', `the warm queue has no job named ${job.name}`)
  }
}

/** Adds this chunk to what the world's job shows. Chunks that finish together may show one another's count. */
async function reportProgress(queue: Queue, chunk: Job): Promise<void> {
  const world = chunk.parent?.id ? await Job.fromId<WarmWorldPayload>(queue, chunk.parent.id) : undefined
  if (!world?.data.plan) return
  const { chunks, total } = world.data.plan
  const { processed = 0 } = await world.getDependenciesCount({ processed: true })
  const done = Math.floor((total * Math.min(processed + 1, chunks)) / chunks) // chunks differ in size
  const shown = (world.progress as Partial<WarmProgress>).done ?? 0
  if (done > shown) await world.updateProgress({ done, total } satisfies WarmProgress)
}
