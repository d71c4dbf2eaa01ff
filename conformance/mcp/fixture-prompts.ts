import { fromJsonSchema, type GetPromptResult, type McpServer } from '@modelcontextprotocol/server'
import { pngBase64 } from './content-samples.ts'

function requiredStrings<Name extends string>(...names: Name[]): ReturnType<typeof fromJsonSchema<Record<Name, string>>> {
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'string', description: `The ${name}` }]))
  return fromJsonSchema({ type: 'object', properties, required: names })
}

const user = (content: GetPromptResult['messages'][number]['content']) => ({
  role: 'user' as const,
  content,
})

/** Four prompts: plain, with two arguments, with an embedded resource, with an image. */
export function registerPrompts(server: McpServer): void {
  server.registerPrompt('test_simple_prompt', { description: 'A prompt without arguments.' }, () => ({
    messages: [user({ type: 'text', text: 'This is a simple prompt for testing.' })],
  }))
  server.registerPrompt(
    'test_prompt_with_arguments',
    {
      description: 'A prompt that repeats its two arguments.',
      argsSchema: requiredStrings('arg1', 'arg2'),
    },
    ({ arg1, arg2 }) => ({
      messages: [user({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` })],
    }),
  )
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    {
      description: 'A prompt with an embedded resource.',
      argsSchema: requiredStrings('resourceUri'),
    },
    ({ resourceUri }) => ({
      messages: [
        user({
          type: 'resource',
          resource: {
            uri: resourceUri,
            mimeType: 'text/plain',
            text: 'Embedded resource content for testing.',
          },
        }),
        user({ type: 'text', text: 'Please process the embedded resource above.' }),
      ],
    }),
  )
  server.registerPrompt('test_prompt_with_image', { description: 'A prompt with an image.' }, () => ({
    messages: [
      user({ type: 'image', data: pngBase64, mimeType: 'image/png' }),
      user({ type: 'text', text: 'Please analyze the image above.' }),
    ],
  }))
}
