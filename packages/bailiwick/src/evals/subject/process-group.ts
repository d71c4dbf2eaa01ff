import type { ChildProcess } from 'node:child_process'

/** Kills a child that was started `detached`, with everything in its process group. Nothing happens when it never started, or is gone. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The characters that an answer may have. */
export const longestAnswer: number = 1024 * 1024
