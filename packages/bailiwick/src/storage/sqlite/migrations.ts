/** What brings the store from version n to n + 1, by index. Never edit one that was released: add another. */
export const migrations: readonly string[] = [
  `
CREATE TABLE entries (
  seq INTEGER PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;
CREATE TABLE nodes (
  level INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE heads (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE payloads (hash TEXT PRIMARY KEY, salt BLOB NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE calls (
  id TEXT PRIMARY KEY,
  session TEXT NOT NULL,
  instance TEXT NOT NULL,
  open INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_open ON calls (open) WHERE open = 1;
CREATE TABLE entry_index (subject TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (subject, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  opened INTEGER NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_opened ON sessions (opened);
CREATE TABLE approvals (
  id TEXT PRIMARY KEY,
  session TEXT NOT NULL,
  action TEXT NOT NULL,
  asked INTEGER NOT NULL,
  state TEXT NOT NULL,
  approver TEXT,
  signature TEXT,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX approvals_action ON approvals (session, action);
CREATE INDEX approvals_asked ON approvals (asked);
CREATE TABLE instances (id TEXT PRIMARY KEY, pid INTEGER NOT NULL, started TEXT NOT NULL) STRICT, WITHOUT ROWID;
`,
  `
CREATE TABLE session_heads (session TEXT PRIMARY KEY, leaf BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE vault_keys (id TEXT PRIMARY KEY, session TEXT, wrapped BLOB NOT NULL, made INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX vault_keys_session ON vault_keys (session);
CREATE TABLE vault (hash BLOB NOT NULL UNIQUE, key TEXT NOT NULL, nonce BLOB NOT NULL, body BLOB NOT NULL) STRICT;
CREATE INDEX vault_key ON vault (key);
`,
  `
CREATE TABLE export_cursors (sink TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`,
  `
CREATE TABLE revocations (kind TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE agent_keys (
  agent TEXT NOT NULL,
  thumbprint TEXT NOT NULL UNIQUE,
  x TEXT NOT NULL,
  added INTEGER NOT NULL,
  until INTEGER,
  PRIMARY KEY (agent, thumbprint)
) STRICT, WITHOUT ROWID;
CREATE TABLE used_ids (id TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX used_ids_until ON used_ids (until);
`,
  `
CREATE INDEX sessions_parent ON sessions (json_extract(body, '$.delegation.parent'));
`,
  `
CREATE TABLE settled (upto INTEGER NOT NULL) STRICT;
INSERT INTO settled SELECT coalesce(max(seq) + 1, 0) FROM entries;
`,
  `
ALTER TABLE vault RENAME TO vault_by_hash;
CREATE TABLE vault (place INTEGER PRIMARY KEY, hash BLOB NOT NULL, key TEXT NOT NULL, nonce BLOB NOT NULL, body BLOB NOT NULL) STRICT;
INSERT INTO vault
SELECT seq * 8 + row_number() OVER (PARTITION BY seq ORDER BY id) - 1, hash, "key", nonce, sealed
FROM (
  SELECT DISTINCT e.seq, v.rowid AS id, v.hash, v."key", v.nonce, v.body AS sealed
  FROM (SELECT seq, CASE WHEN json_valid(CAST(body AS TEXT)) THEN CAST(body AS TEXT) ELSE 'null' END AS text FROM entries) e,
    json_tree(e.text) t
    JOIN vault_by_hash v ON v.hash = unhex(substr(t.atom, 8))
  WHERE t."key" = 'hash' AND t.type = 'text' AND substr(t.atom, 1, 7) = 'sha256:'
);
DROP TABLE vault_by_hash;
`,
  `
ALTER TABLE revocations ADD COLUMN unrecorded TEXT;
CREATE INDEX revocations_unrecorded ON revocations (at) WHERE unrecorded IS NOT NULL;
`,
  `
CREATE TABLE ended_sign_ins (
  issuer TEXT NOT NULL,
  person TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (issuer, person)
) STRICT, WITHOUT ROWID;
`,
]
