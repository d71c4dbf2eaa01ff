// `npm run softhsm`, which `npm test` runs first: the tests of keys in devices need SoftHSM 2. Where there is none, Debian's or Ubuntu's
// package is installed as root or with `sudo`, and otherwise unpacked under node_modules/.cache.
import { mkdirSync, readdirSync } from 'node:fs'
import { findSoftHsm, unpackedSoftHsm } from './soft-hsm.ts'
import { installing, run } from './system-package.ts'

if (findSoftHsm() === null) for (const step of installing('softhsm2')) run(step)
if (findSoftHsm() === null) unpack()
const found = findSoftHsm()
if (found === null) {
  console.error('SoftHSM 2 could not be installed. On Debian or Ubuntu: `sudo apt-get install softhsm2`.')
  process.exitCode = 1
} else console.log(`device for the tests: ${found.library}`)

/** Takes the files out of Debian's packages, which needs no rights. */
function unpack(): void {
  mkdirSync(unpackedSoftHsm, { recursive: true })
  run(['apt-get', 'download', 'softhsm2', 'libsofthsm2', 'softhsm2-common'], unpackedSoftHsm)
  for (const file of readdirSync(unpackedSoftHsm).filter((name) => name.endsWith('.deb')))
    run(['dpkg-deb', '-x', file, '.'], unpackedSoftHsm)
}
