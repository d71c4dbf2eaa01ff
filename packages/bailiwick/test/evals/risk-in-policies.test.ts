import { expect, test } from 'vitest'
import { readRules } from '../../src/cli/evals/read-rules.ts'
import { threatModel } from '../../src/assess/threats/threat-model.ts'
import { folderWith } from '../cli/run-cli.ts'
import { installationFiles, manifest } from '../cli/written-manifest.ts'

test('Red team, fuzzing and threats decide by policies on risk as the gateway does.', () => {
  const folder = folderWith({
    ...installationFiles,
    'bailiwick.yaml': manifest.replace('effect: read', 'effect: read\n        labels: [untrusted, pii]'),
    'policies/risk.cedar': '@id("risky") forbid(principal, action, resource) unless { principal has risk && principal.risk.access <= 5 };',
  })
  const { ruleset, sources } = readRules(`${folder}/bailiwick.yaml`, [])
  expect([...(ruleset.risk?.keys() ?? [])]).toEqual(['clerk'])
  const { model } = threatModel(sources, { agents: [], assume: null, remedies: false })
  expect(model?.threats.map(({ verdict }) => verdict)).toContain('open')
})
