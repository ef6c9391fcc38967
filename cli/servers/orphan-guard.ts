import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { Socket } from 'node:net'

/**
 * Blocks on a pipe that only we hold. When we are gone, however that came, the kernel closes the pipe and the
 * shell does what we no longer can. The pause lets the killed process let go of its files.
 */
const script = 'read -r never; kill -s KILL -- "-$1"; sleep 1; rm -rf -- "$2"'

/**
 * Sees to it that a detached process group does not outlive us: killed on our exit, and, by a shell that watches
 * us, even after a kill -9. Returns what lifts the guard; call it once the process is gone.
 */
export function guardOrphan({ pid, folder }: { pid: number; folder: string }): () => void {
  const watcher: ChildProcess = spawn('/bin/sh', ['-c', script, 'sh', String(pid), folder], {
    detached: true,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.on('error', () => {}) // without a shell the listener below is the only net
  watcher.stdin?.on('error', () => {})
  watcher.unref()
  if (watcher.stdin instanceof Socket) watcher.stdin.unref()

  const onExit = (): void => {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // gone already
    }
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch {
      // it was still writing: the watcher comes after us
    }
  }
  process.once('exit', onExit)

  return () => {
    process.off('exit', onExit)
    watcher.kill('SIGKILL')
  }
}
