import { operate } from './operations.ts'

const urlOf = (queue: string, action: string) => `/api/v1/jobs/${encodeURIComponent(queue)}/${action}`

export const pause = (queue: string) =>
  operate({
    doIt: 'Pause',
    subject: `the queue ${queue}`,
    url: urlOf(queue, 'pause'),
    body: {},
    text: 'It takes jobs and gives out none, until it is resumed. Jobs that are active end.',
  })

export const resume = (queue: string) =>
  operate({
    doIt: 'Resume',
    subject: `the queue ${queue}`,
    url: urlOf(queue, 'resume'),
    body: {},
    text: 'Workers take its jobs again.',
  })

export const retryJob = (queue: string, id: string) =>
  operate({
    doIt: 'Retry',
    subject: `job ${id} of ${queue}`,
    url: urlOf(queue, `${encodeURIComponent(id)}/retry`),
    body: {},
    text: 'The job runs again. Every job may run twice.',
  })

export const retryGroup = (queue: string, reason: string) =>
  operate({
    doIt: 'Retry',
    subject: `failed jobs of ${queue}`,
    url: urlOf(queue, 'retry'),
    body: { reason },
    text: `Jobs that failed with “${reason}” run again: the newest, 200 at most. Every job may run twice.`,
  })

export const retryDead = (worldId: string) =>
  operate({
    doIt: 'Retry',
    subject: `refused events of ${worldId}`,
    url: `/api/v1/worlds/${encodeURIComponent(worldId)}/pending/retry`,
    body: {},
    text: 'They are pending again and will be written in a moment. What the source refuses once more is set aside again.',
  })
