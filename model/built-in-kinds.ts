import type { Kind } from './kind.ts'
import { entity } from './kinds/entity.ts'
import { flags } from './kinds/flags.ts'
import { snapshot } from './kinds/snapshot.ts'
import { timeline } from './kinds/timeline.ts'

export { entity, flags, snapshot, timeline }

export const builtInKinds: readonly Kind[] = [flags, snapshot, entity, timeline]
