import { createOpenAI } from '@ai-sdk/openai'
import { ToolLoopAgent } from 'ai'
import type { ToolSet } from 'ai'

/** An agent of the AI SDK as its users write one, on either form of OpenAI's requests. */
export default ({ tools }: { tools: ToolSet }): ToolLoopAgent =>
  new ToolLoopAgent({ model: createOpenAI()('gpt-5'), instructions: 'Answer letters.', tools })

export const onChatCompletions = ({ tools }: { tools: ToolSet }): ToolLoopAgent =>
  new ToolLoopAgent({ model: createOpenAI().chat('gpt-5'), instructions: 'Answer letters.', tools })
