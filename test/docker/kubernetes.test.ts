import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { onPath } from '../../cli/servers/on-path.ts'
import { readConfig } from '../../config/read.ts'
import { cacheFolder } from '../../tools/servers/cache-folder.ts'
import { ran } from './ran.ts'

const { env } = process
const manifests = fileURLToPath(new URL('../../ops/kubernetes', import.meta.url))
const cache = cacheFolder(env)
const schemas = 'kubernetes-validate==1.37.0'

interface Resource {
  kind: string
  metadata: { name: string }
  data?: Record<string, string>
  spec?: { template: { spec: PodSpec } }
}

interface PodSpec {
  terminationGracePeriodSeconds: number
  containers: { args: string[] }[]
}

/** All of them, as kustomize writes them. */
let file: string | undefined
let resources: Resource[] = []

beforeAll(async () => {
  const kustomize = await findKustomize()
  if (!kustomize)
    return console.log('[kubernetes] skipped: there is no kustomize here, and no Go to build it')
  const folder = await mkdtemp(join(tmpdir(), 'hearth-kubernetes-'))
  file = join(folder, 'all.yaml')
  await ran(kustomize, ['build', manifests, '--output', file], env)
  resources = parseAllDocuments(await readFile(file, 'utf8')).map(document => document.toJS())
  return () => rm(folder, { recursive: true })
}, 600_000)

/** The one on the PATH, or built by Go, once for this user. */
async function findKustomize(): Promise<string | undefined> {
  const found = onPath('kustomize', env)
  if (found || !onPath('go', env)) return found
  const program = join(cache, 'go', 'kustomize')
  if (!existsSync(program)) {
    const module = 'sigs.k8s.io/kustomize/kustomize/v5@v5.4.3'
    await ran('go', ['install', module], { ...env, GOBIN: dirname(program) })
  }
  return program
}

const podsOf = () => resources.flatMap(({ spec }) => spec?.template?.spec ?? [])

test('the manifests are what the schemas of Kubernetes ask for', async context => {
  if (!file) return context.skip()
  const venv = join(cache, 'kubernetes-validate')
  const program = join(venv, 'bin', 'kubernetes-validate')
  if (!existsSync(program)) {
    await ran('python3', ['-m', 'venv', venv], env)
    await ran(join(venv, 'bin', 'pip'), ['install', '--quiet', schemas], env)
  }
  await ran(program, ['--strict', file], env)
  expect(resources.map(({ kind }) => kind)).toContain('HorizontalPodAutoscaler')
})

test('their settings are accepted, and leave a process the time to end', context => {
  if (!file) return context.skip()
  const settings = resources.find(({ kind }) => kind === 'ConfigMap')?.data ?? {}
  const secret = {
    HEARTH_NEO4J_PASSWORD: 'a-password',
    HEARTH_TOKENS: 'operator:operate:operator-token-of-a-test',
  }
  const config = readConfig({ env: { ...settings, ...secret }, needs: ['redisUrl', 'neo4jUri'] })
  expect(podsOf()).toHaveLength(4)
  for (const pod of podsOf())
    expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(config.shutdownMs)
})

test('each runs a command that Hearth has', async context => {
  if (!file) return context.skip()
  const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
  for (const { containers } of podsOf()) {
    const [command = ''] = containers.flatMap(({ args }) => args)
    const help = await ran(process.execPath, ['--import', 'tsx', main, command, '--help'], env)
    expect(help).toContain(`hearth ${command}`)
  }
})
