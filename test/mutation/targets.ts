// The rules whose tests are put to the proof, and the tests that must notice. The quick ones come first: a mutant they
// notice is not shown to the others.
export const TARGETS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  // Who calls, and what he may do.
  'src/mcp/auth.ts': [['src/mcp/auth.rules.test.ts']],
  'src/mcp/origin.ts': [['src/mcp/origin.rules.test.ts']],
  'src/contract/token.ts': [['src/contract/token.test.ts'], ['src/mcp/auth.rules.test.ts']],
  'src/lib/hash.ts': [['src/lib/hash.test.ts']],
  'src/lib/signed-token.ts': [
    ['src/lib/signed-token.test.ts'],
    ['src/mcp/auth.rules.test.ts', 'src/contract/key-ring.test.ts'],
  ],
  'src/contract/key-ring.ts': [['src/contract/key-ring.test.ts']],
  'src/contract/scopes.ts': [['src/contract/scopes.test.ts', 'src/contract/token.test.ts']],
  'src/contract/stage-pattern.ts': [['src/contract/stage-pattern.test.ts']],
  'src/mcp/identity/claims.ts': [
    ['src/mcp/identity/claims.test.ts'],
    ['src/mcp/identity/github-identity.test.ts'],
  ],
  // The limiter.
  'src/mcp/limits/address.ts': [['src/mcp/limits/address.test.ts']],
  'src/lib/bounded-map.ts': [['src/lib/bounded-map.test.ts']],
  'src/mcp/limits/brute-force.ts': [
    ['src/mcp/limits/brute-force.test.ts'],
    ['src/mcp/limits/address-guard.test.ts'],
  ],
  'src/mcp/limits/limits.ts': [['src/mcp/limits/limits.test.ts']],
  'src/mcp/limits/rate-limit.ts': [['src/mcp/limits/rate-limit.test.ts']],
  'src/mcp/limits/rate-limit-headers.ts': [
    ['src/mcp/limits/rate-limit-headers.test.ts'],
    ['src/mcp/limits/rate-limit.test.ts'],
  ],
  'src/mcp/limits/revocations.ts': [['src/mcp/limits/revocations.test.ts']],
  'src/mcp/limits/sliding-log.ts': [
    ['src/mcp/limits/sliding-log.test.ts'],
    ['src/mcp/limits/durable-log.test.ts'],
  ],
  'src/mcp/limits/coarse.ts': [['src/mcp/limits/coarse.test.ts']],
  'src/mcp/limits/with-retry.ts': [['src/mcp/limits/with-retry.test.ts']],
  // The dark launch.
  'src/mcp/rollout/bucket.ts': [['src/mcp/rollout/bucket.test.ts']],
  'src/mcp/rollout/percentage.ts': [
    ['src/mcp/rollout/rollout.test.ts', 'src/mcp/rollout/percentage.test.ts'],
  ],
  'src/mcp/rollout/reconcile.ts': [
    ['src/mcp/rollout/reconcile.state.test.ts'],
    ['src/mcp/rollout/reconcile.test.ts'],
  ],
  'src/mcp/rollout/testers.ts': [['src/mcp/rollout/percentage.test.ts']],
  'src/mcp/rollout/rollout.ts': [['src/mcp/rollout/rollout.test.ts']],
  // The engine.
  'src/operations/rules/admission.ts': [
    ['src/operations/rules/admission.test.ts'],
    ['src/operations/gates.test.ts', 'src/operations/caller-side.test.ts'],
  ],
  'src/operations/rules/approval.ts': [
    ['src/operations/rules/approval.test.ts'],
    ['src/operations/gates.test.ts', 'src/operations/caller-side.test.ts'],
  ],
  'src/operations/rules/begin-rule.ts': [
    ['src/operations/rules/begin-rule.test.ts'],
    ['src/operations/gates.test.ts', 'src/operations/runner-side.test.ts'],
  ],
  'src/operations/rules/dispatch-rule.ts': [['src/operations/rules/dispatch-rule.test.ts']],
  'src/operations/rules/journal-chain.ts': [
    ['src/operations/rules/journal-chain.test.ts'],
    ['src/operations/journal.test.ts'],
  ],
  'src/operations/rules/lease.ts': [['src/operations/rules/lease.test.ts']],
  'src/operations/rules/machine.ts': [
    ['src/operations/rules/machine.test.ts'],
    ['src/operations/runner-side.test.ts', 'src/operations/runner-side.lease.test.ts'],
  ],
  'src/operations/rules/plan-difference.ts': [['src/operations/rules/plan-difference.test.ts']],
  // The read-only guard.
  'src/mcp/stage/sql/text-rules.ts': [['src/mcp/stage/sql/text-rules.test.ts']],
  'src/mcp/stage/sql/lexer.ts': [['src/mcp/stage/sql/lexer.test.ts']],
  'src/mcp/stage/sql/parse-select.ts': [['src/mcp/stage/sql/parse-select.test.ts']],
  'src/mcp/stage/sql/syntax-tree.ts': [['src/mcp/stage/sql/syntax-tree.test.ts']],
  'src/mcp/stage/sql/recursion-rule.ts': [['src/mcp/stage/sql/recursion-rule.test.ts']],
  'src/mcp/stage/sql/statement-rules.ts': [['src/mcp/stage/sql/statement-rules.test.ts']],
  'src/mcp/stage/sql/schema-rules.ts': [
    ['src/mcp/stage/sql/schema-rules.test.ts'],
    ['src/mcp/stage/sql/read-query.test.ts'],
  ],
  'src/mcp/stage/sql/bytecode.ts': [['src/mcp/stage/sql/bytecode.test.ts']],
  'src/mcp/stage/sql/result-check.ts': [
    ['src/mcp/stage/sql/result-check.test.ts', 'src/mcp/stage/sql/read-query-lost.test.ts'],
  ],
};
