/**
 * Every fault that Bailiwick raises, with what it means. `docs/errors.md` lists the same table; a test holds the two equal.
 * A denial is not a fault: it is a decision.
 */
export const errorCodes = {
  MANIFEST_NOT_FOUND: 'no manifest where one was looked for',
  RULES_UNREADABLE: 'a manifest, lock or policy that is there but cannot be read',
  MANIFEST_SYNTAX: 'the manifest is not well-formed YAML',
  MANIFEST_UNKNOWN_KEY: 'a key that the manifest does not have',
  MANIFEST_TYPE: 'a value of the wrong type or form',
  MANIFEST_REFERENCE: 'a name that nothing in the manifest declares',
  MANIFEST_NAME_CLASH: 'two tools would be shown under one name',
  TOOL_UNPINNED: 'a tool without a pin, or whose definition is not in the lock file',
  TOOL_SCHEMA: 'a tool whose JSON Schema cannot be used',
  LOCK_INVALID: 'the lock file is damaged or does not fit the pins',
  POLICY_SYNTAX: 'a Cedar policy that does not parse',
  POLICY_INVALID: 'a Cedar policy that does not fit the schema made from the tools',
  POLICY_ANNOTATION: 'an annotation that Bailiwick does not understand, or in a place where it means nothing',
  SUITE_INVALID: 'a file of test cases that is not of the form that such files have',
  CASSETTE_STALE: 'recorded answers of a model that do not fit what an agent asks now, or are none',
  RISK_CHANGE: 'a control that cannot be put in place in the manifest as it is written',
  REVISION_UNREADABLE: 'rules of a git revision that cannot be read',
  USAGE: 'a command line that cannot be carried out',
  AGENT_UNKNOWN: 'an agent that the manifest does not declare',
  GOAL_UNKNOWN: 'a goal that the manifest does not declare, or that the agent may not pursue',
  PARAMETER_INVALID: "a parameter that does not fit the goal's declaration",
  SESSION_UNKNOWN: 'a session that does not exist',
  SESSION_STATE: 'a change that the state of the session does not allow',
  KEY_FILE: 'a key file that is missing, unreadable, malformed, or readable by others',
  SECRET_MISSING: 'a secret of a toolbox or a sink that cannot be read, or is not of the form that it must have',
  UPSTREAM_FAILED: "a toolbox's server that does not start, does not answer, or breaks the protocol",
  APPROVAL_UNKNOWN: 'an approval that does not exist',
  APPROVAL_STATE: 'an approval that is no longer pending',
  LEDGER_CORRUPT: 'a ledger whose tree, head or entries do not agree',
  LEDGER_DISOWNED: 'a ledger that is not the one a witness has cosigned',
  LEDGER_POLICY: 'a trust policy of the ledger that cannot be read, or is about another ledger',
  LEDGER_ENTRY_UNKNOWN: 'an entry that the ledger does not hold',
  LEDGER_ENTRY_TOO_LARGE: 'an entry over 65,535 bytes, the most that a transparency log carries',
  STORE_FAILED: 'the store could not be opened, read or written',
  PORT_IN_USE: 'the address to listen on is taken',
} as const

export type ErrorCode = keyof typeof errorCodes
