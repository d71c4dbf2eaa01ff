import type { ExportRecord } from './export-record.ts'
import { agentKeyActivity, apiActivity, configurationActivity, erasureActivity, revocationActivity } from './ocsf-api-activity.ts'
import { authorizeSession } from './ocsf-authorize-session.ts'
import { detectionFinding } from './ocsf-detection-finding.ts'
import { modelActivity } from './ocsf-model-activity.ts'
import type { OcsfEvent } from './ocsf-event.ts'

/**
 * An event of the Open Cybersecurity Schema Framework 1.8: calls of tools and of models are API Activity (6003), sessions and approvals Authorize Session (3003), everything that
 * a person may have to look at is a Detection Finding (2004).
 */
export function ocsfEvent(record: ExportRecord): OcsfEvent {
  const { entry } = record
  switch (entry.type) {
    case 'decision':
    case 'outcome':
      return apiActivity(record, entry)
    case 'model':
      return modelActivity(record, entry)
    case 'configuration':
      return configurationActivity(record, entry)
    case 'erasure':
      return erasureActivity(record, entry)
    case 'session':
    case 'approval':
      return authorizeSession(record, entry)
    case 'agent-key':
      return agentKeyActivity(record, entry)
    case 'revocation':
      return revocationActivity(record, entry)
    case 'inventory':
    case 'evaluation':
      return detectionFinding(record, entry)
    case 'event':
      return entry.event === 'rules' || entry.event === 'completion' ? apiActivity(record, entry) : detectionFinding(record, entry)
  }
}
