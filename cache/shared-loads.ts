/**
 * Loads that fill nothing: for when leases cannot be had. Readers of one entry share a load, but only one that begins
 * after they came, so nobody gets a value older than his question. At most one load of an entry runs at a time.
 */
export interface SharedLoads {
  /** The JSON texts of what `keys` name; `load` is given the positions that no waiting load covers. */
  load(keys: readonly string[], load: (positions: readonly number[]) => Promise<string[]>): Promise<string[]>
}

interface Line {
  /** The load under way. */
  running: Promise<unknown>
  /** The one that begins when it ends. */
  next?: Promise<Map<string, string>>
}

export function createSharedLoads(): SharedLoads {
  const lines = new Map<string, Line>()

  return {
    async load(keys, load) {
      const positionOf = new Map(keys.map((key, position) => [key, position]))

      const begin = (group: readonly string[]) => {
        const loading = load(group.map(key => positionOf.get(key) as number)).then(
          texts => new Map(group.map((key, i) => [key, texts[i] ?? 'null'])),
        )
        const leave = () => {
          for (const key of group) {
            const line = lines.get(key)
            if (line?.running === running && !line.next) lines.delete(key)
          }
        }
        const running: Promise<void> = loading.then(leave, leave)
        for (const key of group) lines.set(key, { running })
        return loading
      }

      const idle: string[] = []
      const busy = new Map<string, Line>()
      const loads = new Set<Promise<Map<string, string>>>()
      for (const key of positionOf.keys()) {
        const line = lines.get(key)
        if (!line) idle.push(key)
        else if (line.next) loads.add(line.next)
        else busy.set(key, line)
      }
      if (idle.length > 0) loads.add(begin(idle))
      if (busy.size > 0) {
        const next = Promise.all(Array.from(busy.values(), ({ running }) => running)).then(() =>
          begin([...busy.keys()]),
        )
        for (const line of busy.values()) line.next = next
        loads.add(next)
      }

      const found = new Map<string, string>()
      for (const texts of await Promise.all(loads)) for (const [key, text] of texts) found.set(key, text)
      return keys.map(key => found.get(key) ?? 'null')
    },
  }
}
