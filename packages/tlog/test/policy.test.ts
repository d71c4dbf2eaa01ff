import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ed25519Cosigner, ed25519Signer, formatNoteKey, hasQuorum, noteKey, parsePolicy, type TrustPolicy } from '../src/index.ts'
import { coded } from './coded.ts'
import { log, logLine, mldsaVkey, witnesses, witnessLines } from './policy-keys.ts'

const W = witnessLines
const all = W.join('')

/** Whether the witnesses of these numbers make the quorum. */
function met(policy: TrustPolicy, ...numbers: readonly number[]): boolean {
  return hasQuorum(policy.quorum, new Set(policy.witnesses.filter(({ name }) => numbers.includes(Number(name.slice(1))))))
}

test('The example of the specification is read and evaluated.', () => {
  const policy = parsePolicy(
    `${logLine}\n${W[0]}${W[1]}${W[2]}group X-witnesses 2 W0 W1 W2\n\n${W[3]}${W[4]}${W[5]}group Y-witnesses any W3 W4 W5\n\n` +
      'group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n',
  )
  expect(policy.logs).toEqual([{ key: log.key, url: null }])
  expect(policy.witnesses.map(({ name, key, url }) => [name, key, url])).toEqual(witnesses.map(({ key }, i) => [`W${i}`, key, null]))
  for (const good of [
    [0, 1, 3],
    [1, 2, 5],
    [0, 1, 2, 3, 4, 5],
  ])
    expect(met(policy, ...good), String(good)).toBe(true)
  for (const bad of [[], [0, 1], [0, 1, 2], [3, 4, 5], [0, 3], [2, 3, 4, 5]]) expect(met(policy, ...bad), String(bad)).toBe(false)
})

test('Space, tabs, empty lines, comments and URLs are read as the specification says.', () => {
  const text = `# a comment\n \t\n  # another é\n \tlog\t ${formatNoteKey(log.key)} https://example.com/log \t\n${W[0]!.replace('\n', ' https://w0.example.com#1\n')}quorum W0\n#quorum none\n`
  const policy = parsePolicy(text)
  expect(policy.logs[0]!.url).toBe('https://example.com/log')
  expect(policy.witnesses[0]!.url).toBe('https://w0.example.com#1')
  expect(met(policy, 0)).toBe(true)
  expect(met(policy)).toBe(false)
})

test('Quorum none needs nobody, and a policy may have neither logs nor witnesses.', () => {
  expect(parsePolicy('quorum none\n')).toEqual({ logs: [], witnesses: [], quorum: null })
  expect(met(parsePolicy(`${all}quorum none\n`))).toBe(true)
})

test('Any number of members that is given is the number that is needed, as counting says.', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.nat(6),
      fc.constantFrom('any', 'all', 'k'),
      fc.subarray([0, 1, 2, 3, 4, 5]),
      (n, k, word, cosigned) => {
        const threshold = Math.min(n, Math.max(1, k))
        const names = Array.from({ length: n }, (_, i) => `W${i}`).join(' ')
        const policy = parsePolicy(`${all}group g ${word === 'k' ? threshold : word} ${names}\nquorum g\n`)
        const needed = { any: 1, all: n, k: threshold }[word]
        expect(met(policy, ...cosigned)).toBe(cosigned.filter((i) => i < n).length >= needed)
      },
    ),
  )
})

test('Names are octets: what looks alike or is not UTF-8 is another name.', () => {
  const kelvin = parsePolicy(`witness K ${W[0]!.split(' ')[2]}witness \u212a ${W[1]!.split(' ')[2]}quorum \u212a\n`)
  expect(kelvin.quorum).toMatchObject({ witness: { key: witnesses[1]!.key } })
  const bytes = Buffer.concat([
    Buffer.from(`witness é ${W[0]!.split(' ')[2]}witness `),
    Buffer.of(0xe9),
    Buffer.from(` ${W[1]!.split(' ')[2]}quorum `),
    Buffer.of(0xe9, 0x0a),
  ])
  expect(parsePolicy(new Uint8Array(bytes)).quorum).toMatchObject({ witness: { key: witnesses[1]!.key } })
})

const otherName = noteKey('other.example.com', 4, witnesses[0]!.key.publicKey)
const asLog = noteKey('other.example.com', 4, log.key.publicKey)
const untimed = [1, 2, 3, 5].map((type) => formatNoteKey(noteKey('w.example.com', type, new Uint8Array(32).fill(type))))

test.each<[string, string]>([
  ['without a quorum', `${logLine}${all}`],
  ['that is empty', ''],
  ['of an empty line', '\n'],
  ['without a newline at its end', 'quorum none'],
  ['with something else at its end', 'quorum none#'],
  ['cut off within the name of the quorum', `${all}group W1X all W2 W3\nquorum W1`],
  ['with two quorums', `${W[0]}quorum W0\nquorum W0\n`],
  ['with the quorum none twice', 'quorum none\nquorum none\n'],
  ['with the quorum of two', `${all}quorum W0 W1\n`],
  ['with the quorum of nobody', `${all}quorum\n`],
  ['with a quorum that is not defined', `${W[0]}quorum W1\n`],
  ['with a quorum that is defined later', `quorum W0\n${W[0]}`],
  ['with a group of a member that is defined later', `group g any W0\n${W[0]}quorum g\n`],
  ['with a group of itself', `${W[0]}group g any W0 g\nquorum g\n`],
  ['with a group of none', `${W[0]}group g any none W0\nquorum g\n`],
  ['with a group without members', `${W[0]}group g any\nquorum W0\n`],
  ['with a group of 0', `${all}group g 0 W0 W1\nquorum g\n`],
  ['with a group of more than there are', `${all}group g 3 W0 W1\nquorum g\n`],
  ['with a group of -1', `${all}group g -1 W0 W1\nquorum g\n`],
  ['with a group of 01', `${all}group g 01 W0 W1\nquorum g\n`],
  ['with a group of 1.0', `${all}group g 1.0 W0 W1\nquorum g\n`],
  ['with a group of ALL', `${all}group g ALL W0 W1\nquorum g\n`],
  ['with a member twice in one group', `${all}group g 2 W0 W0 W1\nquorum g\n`],
  ['with a member in two groups', `${all}group g any W0 W1\ngroup h any W0 W2\nquorum g\n`],
  ['with a group in two groups', `${all}group g any W0\ngroup h any g\ngroup i any g W1\nquorum i\n`],
  ['with a witness named twice', `${W[0]}${W[1]!.replace('W1', 'W0')}quorum W0\n`],
  ['with a group named like a witness', `${all}group W0 any W1 W2\nquorum W0\n`],
  ['with a witness named none', `${W[0]!.replace('W0', 'none')}quorum none\n`],
  ['with a group named none', `${all}group none any W0\nquorum none\n`],
  ['with a log twice', `${logLine}${logLine}quorum none\n`],
  ['with a log twice under other names', `${logLine}log ${formatNoteKey(asLog)}\nquorum none\n`],
  ['with a witness twice', `${W[0]}${W[0]!.replace('W0', 'W9')}quorum W0\n`],
  ['with a witness twice under other names of its key', `${W[0]}witness W9 ${formatNoteKey(otherName)}\nquorum W0\n`],
  ...untimed.map((vkey, i): [string, string] => [`with a witness whose key is no cosigner's (${i})`, `witness W0 ${vkey}\nquorum W0\n`]),
  ['with a key of 31 bytes', `witness W0 ${formatNoteKey(noteKey('w', 4, new Uint8Array(31)))}\nquorum W0\n`],
  ['with a vkey that has another ID', `${W[0]!.replace(witnesses[0]!.key.id, '00000000')}quorum W0\n`],
  ['with a malformed vkey', 'witness W0 hello\nquorum W0\n'],
  ['with a witness without a vkey', 'witness W0\nquorum none\n'],
  ['with too much on a line of a witness', `${W[0]!.trim()} https://a https://b\nquorum W0\n`],
  ['with too much on a line of a log', `${logLine.trim()} https://a https://b\nquorum none\n`],
  ['with an unknown keyword', 'trust me\nquorum none\n'],
  ['with a keyword in capitals', 'Quorum none\n'],
  ['with carriage returns', `${W[0]}quorum W0\r\n`],
  ['with a NUL', 'quorum none\n\0\n'],
  ['with a DEL in a comment', '#\x7f\nquorum none\n'],
  ['with a no-break space as white space', 'quorum\u00a0none\n'],
  ['with a byte order mark', '\ufeffquorum none\n'],
  ['with half a surrogate pair', '#\ud800\nquorum none\n'],
  ['that is too long', `quorum none\n${'#'.repeat(2 ** 20)}\n`],
  [
    'with too many groups',
    `${W[0]}${Array.from({ length: 257 }, (_, i) => `group g${i + 1} any ${i === 0 ? 'W0' : `g${i}`}\n`).join('')}quorum g257\n`,
  ],
])('A policy %s is refused.', (_, text) => {
  expect(() => parsePolicy(text)).toThrow(coded('bad_policy'))
})

test('The line at fault is named.', () => {
  expect(() => parsePolicy(`# one\n${W[0]}group g 2 W0\nquorum g\n`)).toThrow('line 3')
})

test('At least 32 logs, witnesses and groups are read.', async () => {
  const count = 32
  const lines = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const seed = new Uint8Array(32).fill(100 + i)
      const own = await ed25519Signer(`log${i}`, seed)
      const cosigner = await ed25519Cosigner(`w${i}`, seed)
      return `log ${formatNoteKey(own.key)}\nwitness W${i} ${formatNoteKey(cosigner.key)}\ngroup g${i} all W${i}${i === 0 ? '' : ` g${i - 1}`}\n`
    }),
  )
  const policy = parsePolicy(`${lines.join('')}quorum g${count - 1}\n`)
  expect([policy.logs.length, policy.witnesses.length]).toEqual([count, count])
  expect(met(policy, ...Array(count).keys())).toBe(true)
  expect(met(policy, ...Array(count - 1).keys())).toBe(false)
  expect(met(policy, ...Array.from({ length: count - 1 }, (_, i) => i + 1))).toBe(false)
})

test('A witness with a key of an unknown type is read, and one more than needed does no harm.', () => {
  const policy = parsePolicy(`${W[0]}witness PQ ${mldsaVkey}\ngroup g any W0 PQ\nquorum g\n`)
  expect(policy.witnesses[1]!.key.type).toBe(6)
  expect(met(policy, 0)).toBe(true)
})

test('Hostile text is a policy with a quorum or refused, nothing else.', () => {
  const word = fc.constantFrom(
    'log',
    'witness',
    'group',
    'quorum',
    'none',
    'any',
    'all',
    '1',
    '2',
    'W0',
    'W1',
    'g',
    formatNoteKey(witnesses[0]!.key),
    '#',
    '\t',
    'é',
  )
  const text = fc.array(fc.array(word, { maxLength: 6 }).map((words) => `${words.join(' ')}\n`)).map((lines) => lines.join(''))
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), fc.boolean(), (lines, complete) => {
      try {
        expect(parsePolicy(complete ? `${all}${lines}quorum W0\n` : lines).quorum).not.toBeUndefined()
      } catch (error) {
        expect(error).toEqual(coded('bad_policy'))
      }
    }),
    { numRuns: 1000 },
  )
})
