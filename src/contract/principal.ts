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
  /** `jti` of the token: what a single token is revoked by. The shared secret has none. */
  readonly tokenId?: string;
  /** When the token was issued, in seconds since the epoch: what a client's tokens are revoked by. */
  readonly issuedAt?: number;
  /** When the token ends, in seconds since the epoch; the shared secret does not end. */
  readonly expiresAt?: number;
}

/** The client and subject of whoever holds the shared secret. No token may use that name. */
export const SHARED_SECRET_NAME = 'shared-secret';

/** A client or a subject: visible ASCII, because it stands in keys, log lines and addresses, which cannot say `..`. */
export const PRINCIPAL_NAME = /^(?!\.{1,2}$)[\x21-\x7e]{1,200}$/;
