import type { Scope } from './scopes.ts';

/** Who calls: a client with a token, or whoever holds the shared secret. */
export interface Principal {
  /** `client_id` of the token (its `sub` when it has none), or `shared-secret`. Limits and rollout are kept per client. */
  readonly client: string;
  /** `sub` of the token, or `shared-secret`. Approvals compare subjects. */
  readonly subject: string;
  readonly scopes: readonly Scope[];
  /** Stage patterns such as `preview-*`; `*` is any stage. */
  readonly stages: readonly string[];
  /** When the token ends, in seconds since the epoch; the shared secret does not end. */
  readonly expiresAt?: number;
}
