import { OpsError } from '../../contract/errors.ts';
import type { Principal } from '../../contract/principal.ts';
import type { Scope } from '../../contract/scopes.ts';

/** Throws SCOPE_MISSING, which names the scope. `what` is the subject of the sentence: a tool, or a use of it. */
export function requireScope(what: string, scope: Scope, principal: Principal): void {
  if (principal.scopes.includes(scope)) return;
  throw new OpsError('SCOPE_MISSING', `${what} needs the scope ${scope}.`, {
    next: `Ask the operator for a token with the scope ${scope}.`,
  });
}
