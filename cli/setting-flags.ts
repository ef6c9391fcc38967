import type { Command } from 'commander'
import { envName, flagName, type SettingName } from '../config/settings.ts'

/** The settings that have a flag beside their environment variable. Not the password: others can see our arguments. */
const described = {
  config: ['file', 'the configuration file'],
  redisUrl: ['url', "the cache's Redis"],
  queueRedisUrl: ['url', "the queues' Redis, if it is another"],
  queuePrefix: ['prefix', "what the queues' keys begin with"],
  fleet: ['name', 'the fleet, if several have one Neo4j or one cache'],
  neo4jUri: ['uri', 'the Neo4j that holds the worlds'],
  neo4jUser: ['user', 'who Hearth is to Neo4j'],
  neo4jDatabase: ['name', 'the database that holds the worlds'],
  warmChunk: ['entities', 'how many entities one job of warming loads'],
  warmMaxEntities: ['entities', 'where the warming of a world stops'],
  warmConcurrency: ['jobs', 'how many jobs this process works on at once'],
  host: ['address', 'where the pages are served; others than this machine only with HEARTH_TOKENS'],
  port: ['port', 'where the pages are served; 0 for any free port'],
  shutdownMs: ['ms', 'within what time this process is gone after SIGTERM or SIGINT'],
  logLevel: ['level', 'the least severe line that is logged'],
} as const satisfies Partial<Record<SettingName, readonly [string, string]>>

export type FlagSetting = keyof typeof described

/** Each an option that wins over its environment variable. */
export function addSettings(command: Command, names: readonly FlagSetting[]): Command {
  for (const name of ['config', ...names] as const) {
    const [argument, meaning] = described[name]
    command.option(`${flagName(name)} <${argument}>`, `${meaning} (${envName(name)})`)
  }
  return command
}
