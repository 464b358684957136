// What a token may do. Deny by default: a tool names one scope, and a principal without it does not even see the tool.

export const SCOPES = [
  'infra:read',
  'infra:plan',
  'infra:deploy',
  'infra:destroy',
  'db:query',
  'storage:read',
  'cache:read',
  'workflow:trigger',
  'object:send',
  'rollout:bypass',
] as const;

export type Scope = (typeof SCOPES)[number];

/** What a token that names no scope may do: look, and plan. */
export const DEFAULT_SCOPES: readonly Scope[] = [
  'infra:read',
  'infra:plan',
  'db:query',
  'storage:read',
  'cache:read',
];

/**
 * What the shared secret may do: every tool. It does not bypass the dark launch, which is for testers with a token:
 * setting the percentage to 0 must take all traffic away, and a client with the secret is traffic.
 */
export const OPERATOR_SCOPES: readonly Scope[] = SCOPES.filter(
  (scope) => scope !== 'rollout:bypass',
);
