import type * as z from 'zod'
import type { EntryType } from '../../model/export.ts'
import { configurationForm } from './configuration-form.ts'
import { decisionForm, firstDecisionForm, secondDecisionForm } from './decision-form.ts'
import { agentKeyForm, evaluationForm, eventForm, inventoryForm } from './installation-forms.ts'
import { modelForm } from './model-form.ts'
import { firstOutcomeForm, outcomeForm } from './outcome-form.ts'
import { approvalForm, delegatedSessionForm, erasureForm, provedSessionForm, revocationForm, sessionForm } from './session-forms.ts'

/**
 * The form of each type of entry, by its versions from 1 on, oldest first. A form that a released build has written never changes: one that says more, less
 * or otherwise is a further version of its own, so that a build can tell entries that it is too old for from entries that are broken. Members that are
 * optional in version 1 are absent from entries of builds before there were forms.
 */
export const entryForms: Readonly<Record<EntryType, readonly [z.ZodType, ...z.ZodType[]]>> = {
  decision: [firstDecisionForm, secondDecisionForm, decisionForm],
  outcome: [firstOutcomeForm, outcomeForm],
  model: [modelForm],
  session: [sessionForm, delegatedSessionForm, provedSessionForm],
  approval: [approvalForm],
  event: [eventForm],
  configuration: [configurationForm],
  inventory: [inventoryForm],
  evaluation: [evaluationForm],
  erasure: [erasureForm],
  revocation: [revocationForm],
  'agent-key': [agentKeyForm],
}
