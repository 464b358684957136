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
