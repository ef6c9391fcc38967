import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isProgram, onPath } from '../../cli/servers/on-path.ts'
import { run } from '../../cli/servers/run.ts'

/** The releases that Neo4j 5.26 runs on. */
const suitable = [17, 21]

/** The release in the output of `java -version`: 17 for "17.0.15", 8 for "1.8.0_392"; undefined for any other text. */
export function javaRelease(text: string): number | undefined {
  const found = /version "(?:1\.)?(\d+)/.exec(text)
  return found ? Number(found[1]) : undefined
}

/** The path of a Java 17 or 21: by JAVA_HOME, by the PATH, or among those that Debian has installed. */
export async function findJava(env: NodeJS.ProcessEnv, jvmFolder: string): Promise<string | undefined> {
  const candidates = [
    env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', 'java') : undefined,
    onPath('java', env),
    ...installed(jvmFolder),
  ]
  for (const java of candidates) {
    if (!java || !isProgram(java)) continue
    const { output } = await run(java, ['-version'], env).catch(() => ({ output: '' }))
    if (suitable.includes(javaRelease(output) ?? 0)) return java
  }
  return undefined
}

function installed(jvmFolder: string): string[] {
  try {
    return readdirSync(jvmFolder)
      .filter(name => suitable.some(release => name.includes(String(release))))
      .map(name => join(jvmFolder, name, 'bin', 'java'))
  } catch {
    return []
  }
}
