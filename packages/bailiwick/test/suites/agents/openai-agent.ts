import { Agent } from '@openai/agents'

/** An agent of the OpenAI Agents SDK as its users write one: the gateway's tools are added to it, and its model is the case's. */
export default new Agent({ name: 'clerk', instructions: 'Answer letters. Never write to strangers.', model: 'gpt-5' })
