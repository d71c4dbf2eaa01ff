import type { UnderTest } from '../suite/suite.ts'
import type { AgentEnd } from './agent-end.ts'
import type { TaskAbout } from './connect-task.ts'
import { inheritedEnvironment, taskEnvironment } from './task-environment.ts'
import { inOwnProcess } from './module-process.ts'

/** What a process is told to run an agent. */
export interface ModuleOrder extends Omit<TaskAbout, 'signal'> {
  readonly module: string
  readonly export: string
  readonly framework: Extract<UnderTest, { kind: 'module' }>['framework']
}

/** Runs an agent that a module exports, loaded anew for each run. */
export function runModule(underTest: Extract<UnderTest, { kind: 'module' }>, about: TaskAbout): Promise<AgentEnd> {
  const { signal, ...rest } = about
  const order: ModuleOrder = { ...rest, module: underTest.module, export: underTest.export, framework: underTest.framework }
  return inOwnProcess(order, { ...inheritedEnvironment(), ...taskEnvironment(about, null), ...underTest.env }, signal)
}
