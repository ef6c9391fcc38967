import { HearthError } from '../model/errors.ts'
import { masked, nearest } from '../model/options.ts'
import { settleCluster } from './cluster.ts'
import type { HearthConfig } from './define.ts'
import type { LoadedConfig } from './file.ts'
import {
  envName,
  flagName,
  type Setting,
  type SettingName,
  type Settings,
  settingNames,
  settings,
  type Value,
} from './settings.ts'

/** Every setting, parsed; `undefined` where nothing was given and there is no default. Times in ms. */
export type Config = {
  [K in SettingName]: Settings[K] extends { default: unknown } ? Value<K> : Value<K> | undefined
} & {
  /** The configuration file's kinds, and how the world is read. */
  readonly file: HearthConfig
}

export interface ConfigSource<Needed extends SettingName = never> {
  /** Default: `process.env`. An empty variable counts as absent. */
  env?: Readonly<Record<string, string | undefined>>
  /** The command line's options; they win over the environment. Keys that are no setting are passed over. */
  flags?: Readonly<Record<string, unknown>>
  /** The configuration file; the environment wins over it. Default: the one that the command line's options carry. */
  file?: HearthConfig | undefined
  /** What this process cannot do without. */
  needs?: readonly Needed[]
}

/** Reads and checks all settings. Throws `InvalidConfig`, whose message lists every problem at once. */
export function readConfig<Needed extends SettingName = never>({
  env = process.env,
  flags = {},
  file = (flags['configFile'] as LoadedConfig | undefined)?.config ?? {},
  needs = [],
}: ConfigSource<Needed> = {}): Config & { [K in Needed]: Value<K> } {
  const problems = unknownNames(env)
  const inFile = valuesOf(file)
  const config: Partial<Record<SettingName, string | number | boolean | undefined>> = {}

  for (const name of settingNames) {
    const setting: Setting = settings[name]
    const from = flags[name] === undefined ? envName(name) : flagName(name)
    const given = String(flags[name] ?? env[envName(name)] ?? '')
    const parsed = setting.schema.safeParse(setting.verbatim ? given : given.trim())
    if (given.trim() === '') config[name] = inFile[name] ?? setting.default
    else if (parsed.success) config[name] = parsed.data
    else
      problems.push(
        `${from} is ${shown(given)}; expected ${setting.right}${setting.why?.(given.trim()) ?? ''}`,
      )
  }
  for (const name of needs) {
    if (String(flags[name] ?? env[envName(name)] ?? '').trim() === '')
      problems.push(`${envName(name)} is missing; expected ${settings[name].right}`)
  }
  const { redisUrl, queueRedisUrl, cluster } = config as Partial<Config>
  Object.assign(config, settleCluster({ redisUrl, queueRedisUrl, cluster: cluster ?? false }, problems))

  if (problems.length > 0)
    throw new HearthError('InvalidConfig', ['The configuration is wrong:', ...problems].join('\n  '))
  return { ...config, file } as Config & { [K in Needed]: Value<K> }
}

/** What a configuration file says of settings; a kind in place of a built-in one brings its own life. */
function valuesOf(file: HearthConfig): Partial<Record<SettingName, number | undefined>> {
  const { kinds = [], topK, lives = {} } = file
  const lifeOf = (name: string) =>
    lives.kindsMs?.[name] ?? kinds.find(kind => kind.name === name)?.ttlMs ?? undefined
  return {
    topK,
    timelineTtlMs: lifeOf('timeline'),
    entityTtlMs: lifeOf('entity'),
    nullTtlMs: lives.nullMs,
    nullMax: lives.nullMax,
    ttlJitter: lives.jitter,
  }
}

const slowdown = "HEARTH_MAX_SLOWDOWN says how much slower the game's writes may become (1.5 by default)"
/** Settings that there were once, and what there is instead. */
export const removedSettings: Readonly<Record<string, string>> = {
  HEARTH_LEAST_LOADS: slowdown,
  HEARTH_LATE_ANSWERS: slowdown,
}

function unknownNames(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = settingNames.map(envName)
  return Object.keys(env)
    .filter(name => /^hearth_/i.test(name) && !known.includes(name))
    .map(name => {
      const instead = removedSettings[name.toUpperCase()]
      if (instead) return `${name} is no longer a setting; ${instead}`
      const near = nearest(name, known, 0.25)
      return `${name} is not a setting${near ? `; did you mean ${near}?` : ''}`
    })
}

/** What was given, quoted, without any password that may stand in it. */
const shown = (given: string): string => JSON.stringify(masked(given))
