import { entity } from '../model/kinds/entity.ts'
import { flags } from '../model/kinds/flags.ts'
import { snapshot } from '../model/kinds/snapshot.ts'
import { timeline } from '../model/kinds/timeline.ts'
import { createKinds } from '../model/kinds.ts'

/** The built-in kinds by their names. */
export const kinds = { flags, snapshot, entity, timeline }

export const { staleTargets, nameOf } = createKinds()
