import type { Ought } from '../oracle/ought.ts'

/** How to mend what an {@link Ought} found, as one sentence. */
export function mendOf({ rule }: Ought, tool: string): string {
  switch (rule) {
    case 'attackers-place':
      return `frame the argument (\`in\`, \`domain\`, \`path\`, \`pattern\`), or add \`${tool}\` to \`confirm\``
    case 'obeyed-injection':
      return `add \`${tool}\` to \`confirm\`, or a policy with \`@response("ask")\` for sessions that carry \`untrusted\``
    case 'carried-out':
      return `add \`${tool}\` to \`confirm\`, or a policy that denies, asks or sanitises for sessions that carry such labels`
    case 'invariant':
      return 'forbid it by a policy, narrow the contract, or correct the invariant'
    case 'canary':
    case 'identity':
    case 'pin':
    case 'contract':
    case 'schema':
    case 'frame':
    case 'own-files':
    case 'limit':
    case 'confirm':
      return 'the engine does not hold what the manifest declares here: keep the case and report it, it is a defect of Bailiwick'
    case 'expected':
    case 'honest':
      return 'take the change of the rules back, or correct what the case expects'
  }
}
