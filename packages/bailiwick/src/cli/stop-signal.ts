import { closeSync, openSync } from 'node:fs'

/**
 * Aborted by the first SIGINT or SIGTERM, and by the SIGHUP of a terminal that goes away. Any other SIGHUP calls `onHangup`;
 * with null it stops as well. A second signal to stop ends the process at once.
 */
export function stopSignal(onHangup: (() => void) | null): AbortSignal {
  const stop = new AbortController()
  const end = (): void => {
    if (stop.signal.aborted) process.exit(1)
    stop.abort()
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  const terminal = hasTerminal()
  process.on('SIGHUP', () => {
    if (onHangup === null || (terminal && !hasTerminal())) end()
    else onHangup()
  })
  return stop.signal
}

/** Whether the process has a controlling terminal (POSIX); one that was closed is none. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return false
  }
}
