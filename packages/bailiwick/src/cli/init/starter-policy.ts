/** A first policy file: one live rule when there is something for it to forbid, otherwise the same as a comment. */
export function starterPolicy(destructive: boolean): string {
  const rule = `@id("ask-before-destruction")
@message("a person agrees before anything is destroyed")
@response("ask")
forbid (principal, action in Action::"destructive", resource);
`
  return `// Policies are Cedar (https://www.cedarpolicy.com). What a goal's contract allows is permitted already; a \`forbid\` here
// holds whatever a contract says. \`bailiwick check --schema\` prints what a policy can look at. Annotations that Bailiwick reads:
//   @id("…")           its name, which the ledger records with each decision
//   @message("…")      what the agent is told
//   @response("ask")   have a person agree instead of denying
//   @severity("…")     low, medium, high or critical
${
  destructive
    ? '\n'
    : `//
// No tool is declared as \`destructive\`. Once one is, this would have a person agree first:
//
`
}${destructive ? rule : rule.replaceAll(/^(?=.)/gm, '// ')}`
}
