import { spawnSync } from 'node:child_process'
import { currentUser } from '../installation.ts'

const patience = 5000

/** Who answers for the agent: the e-mail address that git knows, otherwise the user of this machine. */
export function proposedOwner(cwd: string): string {
  const { status, stdout } = spawnSync('git', ['config', '--get', 'user.email'], { cwd, encoding: 'utf8', timeout: patience })
  const email = status === 0 ? stdout.trim() : ''
  return email === '' ? currentUser() : email
}
