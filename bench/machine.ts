import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem, type } from 'node:os'
import { packageVersion } from '../config/package-version.ts'

/** The machine of a result. */
export interface Machine {
  cpu: string
  cores: number
  memoryGb: number
  system: string
  /** The load average of the last minute before the benchmark: if it is high, other programs were running. */
  load: number
}

export function thisMachine(): Machine {
  const [first] = cpus()
  return {
    cpu: first?.model.trim() || process.arch,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: type(),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

/** Versions of Node, of Hearth, and of the packages that take part in a read. `servers.ts` adds those of servers. */
export function ourVersions(): Record<string, string> {
  return {
    node: process.versions.node,
    'hearth-cache': packageVersion(),
    bullmq: installed('bullmq'),
    ioredis: installed('ioredis'),
    'neo4j-driver': installed('neo4j-driver'),
  }
}

function installed(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
