/** The states that jobs are listed by. */
export const jobStates = ['waiting', 'active', 'delayed', 'completed', 'failed'] as const
export type JobState = (typeof jobStates)[number]
