export interface Throughput {
  ids: readonly string[]
  /** How many ids a read is of. */
  size: number
  /** How many reads are in flight. */
  atOnce: number
  sliceMs: number
  /** Answers how many items it has read. */
  read(ids: readonly string[]): Promise<number>
  /** How many items an id has: each read must return all of them, or it was no hit. */
  itemsPerId: number
}

/** Looking at the clock costs as much as the cheapest of the reads that are measured. */
const readsPerLook = 8

/** Reads all ids in turn until the time is over. Answers reads a second. */
export function throughput({ ids, size, atOnce, sliceMs, read, itemsPerId }: Throughput) {
  return async (): Promise<number> => {
    const started = performance.now()
    const endAt = started + sliceMs
    const batches = Array.from({ length: Math.floor(ids.length / size) }, (_, i) =>
      ids.slice(i * size, (i + 1) * size),
    )
    let reads = 0
    let next = 0
    const lane = async () => {
      while (performance.now() < endAt) {
        for (let i = 0; i < readsPerLook; i++) {
          const batch = batches[next++ % batches.length] ?? []
          const found = await read(batch)
          if (found !== batch.length * itemsPerId)
            throw new Error(`read ${found} items of ${batch.length} ids`)
          reads += 1
        }
      }
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
    return (reads / (performance.now() - started)) * 1_000
  }
}
