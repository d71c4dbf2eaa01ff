import fc from 'fast-check'
import { attributeName, attributeNames, entityText, entityType, extensionArguments, quote, text } from './names.ts'

const longs = [
  '0',
  '1',
  '2',
  '-1',
  '3',
  '10',
  '1000',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '3037000500',
  '-3037000500',
  '4611686018427387904',
  '9223372036854775807',
  '-9223372036854775808',
  '-9223372036854775807',
  '86400000',
]

type Expressions = Record<
  'any' | 'boolean' | 'long' | 'string' | 'entity' | 'set' | 'record' | 'ip' | 'decimal' | 'datetime' | 'duration' | 'path',
  string
>

/** Texts of expressions. Each asks mostly for operands of the right types, so that evaluation gets far, and now and then for any. */
const { any, boolean } = fc.letrec<Expressions>((tie) => {
  const of = (kind: keyof Expressions): fc.Arbitrary<string> =>
    fc.oneof({ weight: 12, arbitrary: tie(kind) }, { weight: 2, arbitrary: tie('path') }, { weight: 1, arbitrary: tie('any') })
  const choice = (...arbitraries: (fc.Arbitrary<string> | fc.WeightedArbitrary<string>)[]): fc.Arbitrary<string> =>
    fc.oneof({ depthIdentifier: 'expression', depthSize: 'medium', maxDepth: 7, withCrossShrink: true }, ...arbitraries)
  const form = (make: (...parts: string[]) => string, ...kinds: (keyof Expressions)[]): fc.Arbitrary<string> =>
    fc.tuple(...kinds.map(of)).map((parts) => make(...parts))
  const conditional = (kind: keyof Expressions): fc.Arbitrary<string> =>
    form((a, b, c) => `(if ${a} then ${b} else ${c})`, 'boolean', kind, kind)
  const getTag = form((entity, tag) => `${entity}.getTag(${tag})`, 'entity', 'string')
  const constructor = (name: keyof typeof extensionArguments): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...extensionArguments[name]).map((argument) => `${name}(${quote(argument)})`) },
      { weight: 1, arbitrary: of('string').map((argument) => `${name}(${argument})`) },
    )
  const attribute = fc.tuple(tie('path'), attributeName).map(([left, name]) => access(left, name))
  const hasNames = fc.oneof(
    { weight: 3, arbitrary: attributeName.map((name) => (isIdentifier(name) ? name : quote(name))) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.constantFrom(...attributeNames.filter(isIdentifier)), { minLength: 2, maxLength: 3 })
        .map((names) => names.join('.')),
    },
  )
  const operatorOn = (operators: readonly string[], kind: keyof Expressions): fc.Arbitrary<string> =>
    fc.tuple(of(kind), fc.constantFrom(...operators), of(kind)).map(([a, operator, b]) => `(${a} ${operator} ${b})`)
  const method = (names: readonly string[], left: keyof Expressions, right: keyof Expressions): fc.Arbitrary<string> =>
    fc.tuple(of(left), fc.constantFrom(...names), of(right)).map(([a, name, b]) => `${a}.${name}(${b})`)
  const bare = (names: readonly string[], left: keyof Expressions): fc.Arbitrary<string> =>
    fc.tuple(of(left), fc.constantFrom(...names)).map(([a, name]) => `${a}.${name}()`)
  const pattern = fc.array(
    fc.oneof(
      fc.constant('*'),
      text.map((piece) => quote(piece).slice(1, -1).replaceAll('*', '\\*')),
    ),
    { maxLength: 5 },
  )

  return {
    path: choice(
      { weight: 3, arbitrary: fc.constantFrom('principal', 'resource', 'context', 'action') },
      { weight: 3, arbitrary: attributeName.map((name) => access('context', name)) },
      { weight: 3, arbitrary: fc.tuple(fc.constantFrom('principal', 'resource'), attributeName).map(([left, name]) => access(left, name)) },
      { weight: 2, arbitrary: attribute },
      getTag,
    ),
    boolean: choice(
      { weight: 2, arbitrary: fc.constantFrom('true', 'false') },
      operatorOn(['&&', '||'], 'boolean'),
      form((a) => `(!${a})`, 'boolean'),
      conditional('boolean'),
      operatorOn(['==', '!='], 'any'),
      ...(['long', 'string', 'entity', 'set', 'record', 'decimal', 'ip', 'datetime', 'duration'] as const).map((kind) =>
        operatorOn(['==', '!='], kind),
      ),
      operatorOn(['<', '<=', '>', '>='], 'long'),
      { weight: 2, arbitrary: operatorOn(['<', '<=', '>', '>='], 'datetime') },
      { weight: 2, arbitrary: operatorOn(['<', '<=', '>', '>='], 'duration') },
      { weight: 2, arbitrary: form((a, b) => `(${a} in ${b})`, 'entity', 'entity') },
      form((a, b) => `(${a} in ${b})`, 'entity', 'set'),
      fc.array(entityText, { maxLength: 3 }).chain((entities) => of('entity').map((a) => `(${a} in [${entities.join(', ')}])`)),
      fc.tuple(of('entity'), entityType).map(([a, type]) => `(${a} is ${type})`),
      fc.tuple(of('entity'), entityType, of('entity')).map(([a, type, b]) => `(${a} is ${type} in ${b})`),
      { weight: 3, arbitrary: fc.tuple(tie('path'), hasNames).map(([a, names]) => `(${a} has ${names})`) },
      fc.tuple(of('record'), hasNames).map(([a, names]) => `(${a} has ${names})`),
      { weight: 2, arbitrary: fc.tuple(of('string'), pattern).map(([a, pieces]) => `(${a} like "${pieces.join('')}")`) },
      { weight: 2, arbitrary: method(['contains'], 'set', 'any') },
      { weight: 2, arbitrary: method(['containsAll', 'containsAny'], 'set', 'set') },
      form((a) => `${a}.isEmpty()`, 'set'),
      { weight: 2, arbitrary: method(['hasTag'], 'entity', 'string') },
      method(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'], 'decimal', 'decimal'),
      bare(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'], 'ip'),
      { weight: 2, arbitrary: method(['isInRange'], 'ip', 'ip') },
    ),
    long: choice(
      { weight: 3, arbitrary: fc.constantFrom(...longs) },
      { weight: 2, arbitrary: operatorOn(['+', '-', '*'], 'long') },
      form((a) => `(-${a})`, 'long'),
      conditional('long'),
      bare(['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'], 'duration'),
    ),
    string: choice({ weight: 4, arbitrary: text.map(quote) }, conditional('string'), getTag),
    entity: choice(
      { weight: 3, arbitrary: fc.constantFrom('principal', 'resource', 'action') },
      { weight: 3, arbitrary: entityText },
      { weight: 2, arbitrary: attribute },
      conditional('entity'),
    ),
    set: choice(
      { weight: 2, arbitrary: fc.array(tie('any'), { maxLength: 4 }).map((elements) => `[${elements.join(', ')}]`) },
      fc.array(fc.constantFrom(...longs), { maxLength: 12 }).map((elements) => `[${elements.join(', ')}]`),
      fc.array(text.map(quote), { maxLength: 12 }).map((elements) => `[${elements.join(', ')}]`),
      fc.array(tie('set'), { maxLength: 3 }).map((elements) => `[${elements.join(', ')}]`),
      conditional('set'),
      attribute,
    ),
    record: choice(
      {
        weight: 2,
        arbitrary: fc
          .uniqueArray(fc.tuple(attributeName, tie('any')), { maxLength: 3, selector: ([name]) => name })
          .map((pairs) => `{${pairs.map(([name, value]) => `${quote(name)}: ${value}`).join(', ')}}`),
      },
      fc.constantFrom('context', '{"__entity": {"type": "User", "id": "u"}}', '{"__extn": {"fn": "ip", "arg": "::1"}}'),
      attribute,
    ),
    ip: choice({ weight: 4, arbitrary: constructor('ip') }, attribute),
    decimal: choice({ weight: 4, arbitrary: constructor('decimal') }, attribute),
    datetime: choice(
      { weight: 3, arbitrary: constructor('datetime') },
      form((a, b) => `${a}.offset(${b})`, 'datetime', 'duration'),
      form((a) => `${a}.toDate()`, 'datetime'),
    ),
    duration: choice(
      { weight: 3, arbitrary: constructor('duration') },
      form((a, b) => `${a}.durationSince(${b})`, 'datetime', 'datetime'),
      form((a) => `${a}.toTime()`, 'datetime'),
    ),
    any: choice(
      ...(['boolean', 'long', 'string', 'entity', 'set', 'record', 'ip', 'decimal', 'datetime', 'duration', 'path'] as const).map((kind) =>
        tie(kind),
      ),
    ),
  }
})

export { any as anyExpression, boolean as booleanExpression }

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name)
}

function access(left: string, name: string): string {
  return isIdentifier(name) ? `${left}.${name}` : `${left}[${quote(name)}]`
}
