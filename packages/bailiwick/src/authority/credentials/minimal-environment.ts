/** What programs need to run at all, on Windows too. No secret is kept in any of them. */
const needed: readonly string[] = [
  'HOME',
  'LANG',
  'LOGNAME',
  'PATH',
  'SHELL',
  'TERM',
  'TMPDIR',
  'USER',
  'APPDATA',
  'LOCALAPPDATA',
  'PATHEXT',
  'SYSTEMDRIVE',
  'SYSTEMROOT',
  'TEMP',
  'USERNAME',
  'USERPROFILE',
]

/** The few variables that a program needs, and those that are named besides; nothing else of an environment that holds the gateway's secrets. */
export function minimalEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  named: readonly string[] = [],
): Record<string, string> {
  return Object.fromEntries(
    [...needed, ...named].flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
