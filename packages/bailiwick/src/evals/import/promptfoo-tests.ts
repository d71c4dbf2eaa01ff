import { isJsonObject } from '../../model/json.ts'
import type { JsonObject } from '../../model/json.ts'
import type { YamlPath } from '../../model/yaml-source.ts'
import type { ImportFindings } from './import-findings.ts'
import { itemsOf } from './promptfoo-config.ts'
import type { Placed } from './promptfoo-config.ts'

/** A test with what it shares with others, as promptfoo puts it together. */
export interface PromptfooTest {
  readonly path: YamlPath
  readonly description: string | null
  /** Each of the values of its variables. */
  readonly combinations: readonly JsonObject[]
  readonly assertions: readonly Placed[]
  /** The names of the prompts that it is tried with; null for all. */
  readonly prompts: readonly string[] | null
  readonly prefix: string
  readonly suffix: string
  readonly repeat: number | null
  /** What stands for the agent's answer; null when the agent is to answer. */
  readonly providerOutput: string | null
}

const testKeys = ['description', 'vars', 'assert', 'options', 'threshold', 'prompts', 'providerOutput']
const optionKeys = ['prefix', 'suffix', 'repeat', 'disableVarExpansion', 'disableDefaultAsserts']
const write = 'write the tests into the file itself, and import it again'
/** A suite can have no more cases. */
const mostTests = 2000
const mostCombinations = 2000

/** The tests of a file, those of its scenarios among them. What is no test is reported as an error. */
export function readTests(config: JsonObject, found: ImportFindings): PromptfooTest[] {
  const defaults = layerOf({ value: config['defaultTest'] ?? {}, path: ['defaultTest'] }, found)
  const { tests, scenarios } = config
  if (tests !== undefined && !Array.isArray(tests)) found.report('error', ['tests'], 'the tests stand in another file', write)
  if (scenarios !== undefined && !Array.isArray(scenarios)) found.report('error', ['scenarios'], 'the scenarios are no list', write)
  // Where a file says none, promptfoo tries each prompt once.
  const listed = tests === undefined && scenarios === undefined ? [{ value: {}, path: ['defaultTest'] }] : itemsOf(tests, ['tests'])
  const placed = itemsOf(scenarios, ['scenarios'])
  if (listed.length + placed.reduce((sum, { value }) => sum + sizeOf(value), 0) > mostTests) {
    found.report('error', ['tests'], `there are over ${mostTests} tests`, 'split the file')
    return []
  }
  const plain = listed.flatMap((one) => {
    const layer = layerOf(one, found)
    return layer === null ? [] : [testOf(defaults, [layer], found)]
  })
  return [...plain, ...placed.flatMap((one) => scenarioTests(one, defaults, found))]
}

function sizeOf(scenario: unknown): number {
  const { config, tests = [{}] } = isJsonObject(scenario) ? scenario : {}
  return (Array.isArray(config) ? config.length : 0) * (Array.isArray(tests) ? tests.length : 0)
}

function scenarioTests({ value, path }: Placed, defaults: Layer | null, found: ImportFindings): PromptfooTest[] {
  if (!isJsonObject(value) || !Array.isArray(value['config']) || (value['tests'] !== undefined && !Array.isArray(value['tests']))) {
    found.report('error', path, 'a scenario stands in another file, or is none', write)
    return []
  }
  found.unread(value, path, ['description', 'config', 'tests'], 'a scenario')
  const layers = (items: readonly Placed[]): Layer[] => items.flatMap((one) => layerOf(one, found) ?? [])
  const tests = value['tests'] === undefined ? [{ value: {}, path }] : layers(itemsOf(value['tests'], [...path, 'tests']))
  const about: Layer = { value: { description: value['description'] ?? '' }, path }
  return layers(itemsOf(value['config'], [...path, 'config'])).flatMap((data) =>
    tests.map((test) => testOf(defaults, [about, data, test], found)),
  )
}

/** One of the objects that a test is put together from. */
type Layer = Placed<JsonObject>

function layerOf({ value, path }: Placed, found: ImportFindings): Layer | null {
  if (!isJsonObject(value) || ('path' in value && !('assert' in value))) {
    found.report('error', path, 'a test stands in another file, or is none', write)
    return null
  }
  found.unread(value, path, testKeys, 'a test')
  if (isJsonObject(value['options'])) found.unread(value['options'], [...path, 'options'], optionKeys, 'the options of a test')
  else if (value['options'] !== undefined) found.report('warning', [...path, 'options'], 'the options are no object', 'correct them')
  if (value['threshold'] !== undefined && value['threshold'] !== 1)
    found.report(
      'warning',
      [...path, 'threshold'],
      '`threshold` is not carried over: here everything that is expected must hold',
      'take out of the case what need not hold, or put it into a case with `severity: advisory`',
      'key',
    )
  if (value['vars'] !== undefined && !isJsonObject(value['vars']))
    found.report('warning', [...path, 'vars'], 'the variables stand in another file, and are not carried over', 'write them into the file')
  if (value['assert'] !== undefined && !Array.isArray(value['assert']))
    found.report('warning', [...path, 'assert'], 'the assertions are no list, and are not carried over', 'write them as a list')
  for (const [key, one] of Object.entries(isJsonObject(value['options']) ? value['options'] : {}))
    if (key in optionForms && optionForms[key]?.(one) === false)
      found.report('warning', [...path, 'options', key], `\`${key}\` is not as promptfoo wants it, and is not carried over`, 'correct it')
  for (const [key, fits] of Object.entries({ description: isText, prompts: Array.isArray }))
    if (value[key] !== undefined && !fits(value[key]))
      found.report('warning', [...path, key], `\`${key}\` is not as promptfoo wants it, and is not carried over`, 'correct it')
  return { value, path }
}

const isText = (value: unknown): boolean => typeof value === 'string'
const optionForms: Readonly<Record<string, (value: unknown) => boolean>> = {
  prefix: isText,
  suffix: isText,
  repeat: (value) => wholeRepeat(value) !== null,
}

function testOf(defaults: Layer | null, own: readonly Layer[], found: ImportFindings): PromptfooTest {
  const layers = [...(defaults === null ? [] : [defaults]), ...own]
  const merged = (of: readonly Layer[], key: string): JsonObject =>
    Object.assign({}, ...of.map(({ value }) => value[key]).filter(isJsonObject)) as JsonObject
  const last = (key: string): Placed | undefined =>
    layers.map(({ value, path }) => ({ value: value[key], path: [...path, key] })).findLast(({ value }) => value !== undefined)
  const options = merged(layers, 'options')
  const asserted = merged(own, 'options')['disableDefaultAsserts'] === true ? own : layers
  const descriptions = own.map(({ value }) => value['description']).filter((one): one is string => typeof one === 'string' && one !== '')
  const { path } = own.at(-1) as Layer
  const prompts = last('prompts')?.value
  const output = last('providerOutput')?.value
  const { prefix, suffix, repeat } = options
  return {
    path,
    description: descriptions.length === 0 ? null : descriptions.join(': '),
    combinations: combinationsOf(merged(layers, 'vars'), options['disableVarExpansion'] === true, path, found),
    assertions: asserted.flatMap((layer) => itemsOf(layer.value['assert'], [...layer.path, 'assert'])),
    prompts: Array.isArray(prompts) ? prompts.filter((one) => typeof one === 'string') : null,
    prefix: typeof prefix === 'string' ? prefix : '',
    suffix: typeof suffix === 'string' ? suffix : '',
    repeat: wholeRepeat(repeat),
    providerOutput: output === undefined ? null : typeof output === 'string' ? output : JSON.stringify(output),
  }
}

/** How often something is repeated, when it is a number of times that a suite can say; null otherwise. */
export function wholeRepeat(repeat: unknown): number | null {
  return typeof repeat === 'number' && Number.isInteger(repeat) && repeat >= 1 && repeat <= 1000 ? repeat : null
}

/** Every choice of one value for each variable that has a list of texts. */
function combinationsOf(vars: JsonObject, asTheyAre: boolean, path: YamlPath, found: ImportFindings): JsonObject[] {
  let all: JsonObject[] = [{}]
  for (const [name, value] of Object.entries(vars)) {
    const choices = !asTheyAre && Array.isArray(value) && typeof value[0] === 'string' ? value : [value]
    if (all.length * choices.length > mostCombinations) {
      found.report('error', [...path, 'vars'], `its variables have over ${mostCombinations} combinations`, 'list fewer values')
      return []
    }
    all = all.flatMap((one) => choices.map((choice) => ({ ...one, [name]: choice })))
  }
  return all
}
