import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem, type } from 'node:os'
import { packageVersion } from '../cli/version.ts'

/** On what a result was measured. */
export interface Machine {
  cpu: string
  cores: number
  memoryGb: number
  system: string
  /** The load average of the last minute, before the benchmark began: above the idle, somebody else is at work. */
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

/** Of Node, of ourselves and of those packages that the time goes through. Servers' are added by who starts them. */
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
