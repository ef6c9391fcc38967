import { uniqBy } from 'es-toolkit'

/**
 * Loads that fill nothing: for when leases cannot be had. Readers of one entry share a load, but only one that begins
 * after their read, so no reader gets a value older than that. At most one load of an entry runs at a time.
 */
export interface SharedLoads {
  /** The JSON texts of these entries; `load` is given those that no waiting load covers. */
  load<E extends { readonly key: string }>(
    entries: readonly E[],
    load: (entries: readonly E[]) => Promise<string[]>,
  ): Promise<string[]>
}

type Loading = Promise<Map<string, string>>

interface Line {
  /** The load under way. */
  running: Promise<void>
  /** The one that begins when it ends. */
  next?: Loading
}

export function createSharedLoads(): SharedLoads {
  const lines = new Map<string, Line>()

  /** Loads a group whose lines are free. */
  function begin<E extends { readonly key: string }>(
    group: readonly E[],
    load: (entries: readonly E[]) => Promise<string[]>,
  ): Loading {
    const loading = load(group).then(texts => new Map(group.map(({ key }, i) => [key, texts[i] ?? 'null'])))
    const leave = () => {
      for (const { key } of group) {
        const line = lines.get(key)
        if (line?.running === running && !line.next) lines.delete(key)
      }
    }
    const running: Promise<void> = loading.then(leave, leave)
    for (const { key } of group) lines.set(key, { running })
    return loading
  }

  return {
    async load(entries, load) {
      const idle: (typeof entries)[number][] = []
      const busy = new Map<(typeof entries)[number], Line>()
      const loads = new Set<Loading>()
      for (const entry of uniqBy(entries, ({ key }) => key)) {
        const line = lines.get(entry.key)
        if (!line) idle.push(entry)
        else if (line.next) loads.add(line.next)
        else busy.set(entry, line)
      }
      if (idle.length > 0) loads.add(begin(idle, load))
      if (busy.size > 0) {
        const ended = Promise.all(Array.from(busy.values(), ({ running }) => running))
        const next = ended.then(() => begin([...busy.keys()], load))
        for (const line of busy.values()) line.next = next
        loads.add(next)
      }
      const texts = new Map((await Promise.all(loads)).flatMap(found => [...found]))
      return entries.map(({ key }) => texts.get(key) ?? 'null')
    },
  }
}
