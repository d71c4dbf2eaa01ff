import { linkText } from '../../model/lineage.ts'
import type { Changes, LedgerEntry, ModelAnsweredEntry, ModelAskedEntry } from '../entry.ts'
import type { ExportRecord } from './export-record.ts'

/** What a record is about, in words. */
export interface Telling {
  /** Its kind, such as `decision.deny`. */
  readonly code: string
  /** What happened, without what it happened to. */
  readonly title: string
  /** What happened, in one sentence. It repeats what agents and tools have said, and may hold any character. */
  readonly message: string
}

export function tellingOf(record: ExportRecord): Telling {
  const { entry, decision } = record
  switch (entry.type) {
    case 'decision':
      return {
        code: `decision.${entry.response}`,
        title: `Tool call: ${entry.response}`,
        message: `${entry.tool}: ${entry.response} by ${entry.rule} (${entry.tier})${entry.reason === '' ? '' : `: ${entry.reason}`}`,
      }
    case 'outcome':
      return {
        code: `outcome.${entry.status}`,
        title: `Tool call ended: ${entry.status}`,
        message: `${decision?.tool ?? entry.call}: ${entry.status} after ${entry.milliseconds} ms${entry.error === null ? '' : `: ${entry.error}`}`,
      }
    case 'model':
      return tellingOfModel(entry)
    default:
      return tellingOfOther(entry)
  }
}

function tellingOfModel(entry: ModelAskedEntry | ModelAnsweredEntry): Telling {
  const model = `${modelOf(entry)} at ${entry.serverAddress}`
  if (entry.event === 'asked') return { code: 'model.asked', title: 'Model asked', message: `${model}: asked` }
  const tokens =
    entry.inputTokens === null && entry.outputTokens === null ? '' : `, ${entry.inputTokens ?? 0} + ${entry.outputTokens ?? 0} tokens`
  return {
    code: `model.${entry.status}`,
    title: `Model answered: ${entry.status}`,
    message: `${model}: ${entry.status} after ${entry.milliseconds} ms${tokens}${entry.error === null ? '' : `: ${entry.error}`}`,
  }
}

/** The model that answered, or else the one that was asked for. */
export function modelOf(entry: ModelAskedEntry | ModelAnsweredEntry): string {
  return (entry.event === 'answered' ? entry.responseModel : null) ?? entry.requestModel ?? 'a model'
}

function tellingOfOther(entry: Exclude<LedgerEntry, { type: 'decision' | 'outcome' | 'model' }>): Telling {
  switch (entry.type) {
    case 'session':
      return {
        code: `session.${entry.event}`,
        title: `Session ${entry.event}`,
        message: `session ${entry.session} of ${entry.agent} towards ${entry.goal} was ${entry.event} by ${entry.by}`,
      }
    case 'agent-key':
      return {
        code: `agent-key.${entry.event}`,
        title: entry.event === 'registered' ? 'Key of an agent registered' : 'Key of an agent expires',
        message: `the key ${entry.thumbprint} of ${entry.agent} ${entry.until === null ? 'was registered' : `is taken until ${entry.until}`}, by ${entry.by}`,
      }
    case 'revocation':
      return {
        code: `revocation.${entry.event}`,
        title: `Revocation ${entry.event === 'revoked' ? 'in force' : 'lifted'}`,
        message: `${linkText(entry)} was ${entry.event === 'revoked' ? 'revoked' : 'given back'} by ${entry.by}: ${entry.reason}`,
      }
    case 'approval':
      return {
        code: `approval.${entry.event}`,
        title: `Approval ${entry.event}`,
        message: `approval ${entry.approval} of ${entry.tool}: ${entry.event}${entry.approver === null ? '' : ` by ${entry.approver}`}`,
      }
    case 'event':
      return { code: `event.${entry.event}`, title: eventTitles[entry.event], message: `${entry.event} ${entry.subject}: ${entry.detail}` }
    case 'configuration':
      return tellingOfConfiguration(entry)
    case 'erasure':
      return {
        code: 'vault.erased',
        title: 'Payloads erased',
        message: `what the session ${entry.session} held was erased by ${entry.by}: ${entry.reason}`,
      }
    case 'inventory':
      return {
        code: 'inventory.taken',
        title: 'Inventory taken',
        message: `${entry.agents} agents, ${entry.tools} tools, ${entry.servers} servers; findings: ${countsText(entry.findings)}`,
      }
    case 'evaluation':
      return {
        code: `evaluation.${entry.kind}`,
        title: `Evaluation (${entry.kind}) ${entry.ok ? 'passed' : 'failed'}`,
        message: `${entry.kind}: ${entry.passed} passed, ${entry.failed} failed`,
      }
  }
}

export function tellingOfConfiguration(entry: Extract<LedgerEntry, { type: 'configuration' }>): Telling {
  const instead = (before: string | null): string => (before === null ? '' : ` instead of ${before}`)
  switch (entry.event) {
    case 'ruleset': {
      const { policyDigest, before, pins, policies } = entry
      const changes = ({ count, changed, names }: Changes): string => {
        if (changed === null) return before === null ? `${count}` : `${count}, what changed is not known`
        return `${changed} of ${count} changed${names.length === 0 ? '' : ` (${names.join(', ')})`}`
      }
      return {
        code: 'configuration.ruleset',
        title: 'Ruleset in force',
        message: `ruleset ${policyDigest} is in force${instead(before)}; pins of tools: ${changes(pins)}; policies: ${changes(policies)}`,
      }
    }
    case 'trust-policy':
      return {
        code: 'configuration.trust-policy',
        title: 'Trust policy in force',
        message: `trust policy ${entry.trustDigest ?? 'none'} is in force${instead(entry.before)}`,
      }
    case 'token-key':
      return {
        code: 'configuration.token-key',
        title: 'Token key replaced',
        message: `tokens are signed with ${entry.to}, and those of ${entry.from} taken until ${entry.until}, by ${entry.by}`,
      }
    case 'ledger-key':
      return {
        code: 'configuration.ledger-key',
        title: 'Ledger key replaced',
        message: `the ledger's key ${entry.to} is in force${instead(entry.from)}, by ${entry.by}: ${entry.reason}`,
      }
    case 'refused':
      return {
        code: 'configuration.refused',
        title: 'Configuration refused',
        message: `ruleset ${entry.policyDigest} stays in force: ${entry.detail}`,
      }
  }
}

const eventTitles = {
  withheld: 'Tool withheld',
  refused: 'Request refused',
  completion: 'Completion asked for',
  rules: 'Rules taken into force',
  upstream: 'Connection failed',
  alert: 'Alert',
} as const

function countsText(counts: Readonly<Record<string, number>>): string {
  const named = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`)
  return named.length === 0 ? 'none' : named.join(', ')
}
