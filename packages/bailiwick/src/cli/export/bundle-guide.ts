export interface BundleFacts {
  readonly session: string
  readonly entries: number
  /** The ledger's verifier key. */
  readonly key: string
  readonly payloads: boolean
  /** Of the rules as they were when the bundle was made; null when they did not hold. */
  readonly digest: string | null
}

/** What a bundle says about itself: what is in it, and how to check it with nothing but what is in it and the ledger's key. */
export function bundleGuide({ session, entries, key, payloads, digest }: BundleFacts): string {
  return `# Evidence of the session ${session}

| file | what it is |
|---|---|
| \`entries.jsonl\` | the ${entries} entries of the session, each with its index and leaf hash |
| \`proofs/<index>.json\` | for each entry, a proof that it is in the ledger under a signed head |
| \`head.txt\` | the head of the ledger, a signed C2SP checkpoint |
| \`ledger-key.txt\` | the ledger's public key, as the bundle claims it |
${payloads ? '| `payloads.jsonl` | requests, arguments and results, with their salts, so far as they were not erased |\n' : ''}| \`rules/\` | manifest, lock and policies as they were when this was made${digest === null ? '; together they did not hold' : ''} |

## To check it

Get the ledger's key from its operator by another way than this bundle, and compare it with

    ${key}

Then, for each proof (nothing else is read, and no network is needed):

    for proof in proofs/*.json; do npx bailiwick log verify --proof "$proof" --key '${key}' || echo "NOT PROVED: $proof"; done

Each proof holds its entry's bytes. \`entries.jsonl\` shows the same bytes: the SHA-256 over a zero byte and the text of \`entry\` is \`leaf\`
(RFC 6962), in Base64.

Each entry names the leaf hash of the session's entry before it in \`previous\`, in hex; the first has 64 zeros. An entry that was left out in between shows
there. What came after the last one does not: compare \`head.txt\` with a later head of the ledger.
${
  payloads
    ? `
An entry names payloads by hashes. Each is \`sha256:\` and the SHA-256, in hex, over the line \`bailiwick payload v1\` with its line feed, the 16 bytes of \`salt\`, and \`body\`.
`
    : ''
}
Decisions name the rules that they were made by in \`policyDigest\`. The rules in \`rules/\` ${digest === null ? 'have none, since they do not hold together' : `have the digest\n\n    ${digest}\n\nAnother digest in a decision means that it was made by other rules`}.
`
}
