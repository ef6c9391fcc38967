import { entity, flags, snapshot, timeline } from '../model/built-in-kinds.ts'
import { createKinds } from '../model/kinds.ts'

/** The built-in kinds by their names. */
export const kinds = { flags, snapshot, entity, timeline }

export const { staleTargets, nameOf } = createKinds()
