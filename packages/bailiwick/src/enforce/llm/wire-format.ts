import type { WireFormat } from '../../model/vocabulary.ts'

/** The form of requests to a path; null for a path of none. */
export function wireFormatOf(path: string): WireFormat | null {
  if (path.endsWith('/chat/completions')) return 'chat-completions'
  if (path.endsWith('/responses')) return 'responses'
  return path.endsWith('/messages') ? 'messages' : null
}
