import type { WireFormat } from '../../model/vocabulary.ts'

/** Names that the OpenTelemetry conventions for generative AI give to providers, by the ends of their hosts. */
const names: readonly (readonly [end: string, name: string])[] = [
  ['.openai.azure.com', 'azure.ai.openai'],
  ['.inference.ai.azure.com', 'azure.ai.inference'],
  ['.openai.com', 'openai'],
  ['.anthropic.com', 'anthropic'],
  ['.amazonaws.com', 'aws.bedrock'],
  ['generativelanguage.googleapis.com', 'gcp.gemini'],
  ['aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['.mistral.ai', 'mistral_ai'],
  ['.deepseek.com', 'deepseek'],
  ['.groq.com', 'groq'],
  ['.cohere.com', 'cohere'],
  ['.perplexity.ai', 'perplexity'],
  ['.x.ai', 'x_ai'],
]

/** What a provider is called: by its host, or else by whose form it speaks. */
export function providerName(host: string, format: WireFormat): string {
  return names.find(([end]) => host.endsWith(end))?.[1] ?? (format === 'messages' ? 'anthropic' : 'openai')
}
