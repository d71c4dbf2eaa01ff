export const severities = ['low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

/** Where a kind of attack stands in the lists that people report by. */
export interface Mappings {
  /** OWASP Top 10 for Agentic Applications 2026. */
  readonly asi: readonly string[]
  /** MITRE ATLAS 5.6 techniques. */
  readonly atlas: readonly string[]
  /** STRIDE, in full words. */
  readonly stride: readonly string[]
  /** The layers of MAESTRO, 1 to 7. */
  readonly maestro: readonly number[]
}

export interface ThreatKind extends Mappings {
  readonly title: string
  /** When the attacker chooses where it goes or what is run. */
  readonly severity: Severity
  /** When the contract chooses that. */
  readonly bounded: Severity
}

/** Every kind of attack path that is looked for. */
export const threatKindNames = [
  'trifecta',
  'address-leak',
  'injected-destruction',
  'injected-command',
  'memory-poisoning',
  'laundering',
  'goal-widening',
  'small-pieces',
  'approval-fatigue',
  'self-modification',
  'look-alike',
  'changed-tool',
] as const
export type ThreatKindName = (typeof threatKindNames)[number]

export const threatKinds: Readonly<Record<ThreatKindName, ThreatKind>> = {
  trifecta: {
    title: 'what strangers wrote steers the agent, which has read sensitive data, to send it out',
    severity: 'high',
    bounded: 'medium',
    asi: ['ASI01', 'ASI02'],
    atlas: ['AML.T0051', 'AML.T0086'],
    stride: ['Information disclosure'],
    maestro: [2, 3],
  },
  'address-leak': {
    title: 'sensitive data leaves in the address or query of a tool that only seems to read',
    severity: 'high',
    bounded: 'low',
    asi: ['ASI02'],
    atlas: ['AML.T0086'],
    stride: ['Information disclosure'],
    maestro: [2, 3],
  },
  'injected-destruction': {
    title: 'what strangers wrote steers the agent to destroy something',
    severity: 'high',
    bounded: 'medium',
    asi: ['ASI01', 'ASI02'],
    atlas: ['AML.T0051', 'AML.T0101'],
    stride: ['Tampering', 'Denial of service'],
    maestro: [3],
  },
  'injected-command': {
    title: 'what strangers wrote steers the agent to run a command',
    severity: 'critical',
    bounded: 'medium',
    asi: ['ASI01', 'ASI05'],
    atlas: ['AML.T0051', 'AML.T0053'],
    stride: ['Elevation of privilege', 'Tampering'],
    maestro: [3, 4],
  },
  'memory-poisoning': {
    title: 'what strangers wrote is kept, and steers a later session that does not know where it came from',
    severity: 'high',
    bounded: 'medium',
    asi: ['ASI06'],
    atlas: ['AML.T0080', 'AML.T0051'],
    stride: ['Tampering', 'Spoofing'],
    maestro: [2, 3],
  },
  laundering: {
    title: 'sensitive data is kept under no label, and a later session sends it out',
    severity: 'medium',
    bounded: 'low',
    asi: ['ASI02', 'ASI06'],
    atlas: ['AML.T0086', 'AML.T0080'],
    stride: ['Information disclosure', 'Repudiation'],
    maestro: [2, 3],
  },
  'goal-widening': {
    title: 'one goal reads sensitive data, another of the same agent sends out: no contract has both, the agent does',
    severity: 'medium',
    bounded: 'low',
    asi: ['ASI03', 'ASI10'],
    atlas: ['AML.T0086'],
    stride: ['Elevation of privilege', 'Information disclosure'],
    maestro: [3, 7],
  },
  'small-pieces': {
    title: 'sensitive data goes out in pieces, each too small to be noticed, as often as the agent likes',
    severity: 'medium',
    bounded: 'low',
    asi: ['ASI02', 'ASI08'],
    atlas: ['AML.T0086', 'AML.T0034.002'],
    stride: ['Information disclosure', 'Denial of service'],
    maestro: [3, 5],
  },
  'approval-fatigue': {
    title: 'a person is asked so often in one session that they stop reading',
    severity: 'medium',
    bounded: 'medium',
    asi: ['ASI09'],
    atlas: ['AML.T0051'],
    stride: ['Spoofing', 'Repudiation'],
    maestro: [5, 6],
  },
  'self-modification': {
    title: 'the agent changes the rules that it is held to, or the record of what it did',
    severity: 'critical',
    bounded: 'critical',
    asi: ['ASI03', 'ASI10'],
    atlas: ['AML.T0081'],
    stride: ['Tampering', 'Repudiation', 'Elevation of privilege'],
    maestro: [5, 6],
  },
  'look-alike': {
    title: 'a tool is called in the place of another that has nearly the same name',
    severity: 'medium',
    bounded: 'medium',
    asi: ['ASI02', 'ASI04'],
    atlas: ['AML.T0110'],
    stride: ['Spoofing'],
    maestro: [3, 7],
  },
  'changed-tool': {
    title: 'a server changes what a tool says or does after a person has looked at it',
    severity: 'high',
    bounded: 'high',
    asi: ['ASI04'],
    atlas: ['AML.T0110'],
    stride: ['Tampering', 'Spoofing'],
    maestro: [4, 7],
  },
}

/** The names behind the codes of OWASP's list. */
export const asiTitles: Readonly<Record<string, string>> = {
  ASI01: 'Agent Goal Hijack',
  ASI02: 'Tool Misuse and Exploitation',
  ASI03: 'Identity and Privilege Abuse',
  ASI04: 'Agentic Supply Chain Vulnerabilities',
  ASI05: 'Unexpected Code Execution',
  ASI06: 'Memory and Context Poisoning',
  ASI07: 'Insecure Inter-Agent Communication',
  ASI08: 'Cascading Agent Failures',
  ASI09: 'Human-Agent Trust Exploitation',
  ASI10: 'Rogue Agents',
}

/** What cannot be computed yet, and why. */
export const notComputed: readonly string[] = [
  'delegation between agents (ASI07): agents cannot delegate to each other yet, so that there is nothing to try',
]
