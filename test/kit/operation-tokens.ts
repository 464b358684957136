// Who may do what with operations, as tokens.
import { by } from './edge-calls.ts';

/** May look and plan, as a token without a scope may. */
export const planner = (client = 'planner', stages: readonly string[] = ['*']) =>
  by(client, { scope: 'infra:read infra:plan', stages });

export const deployer = (client = 'deployer', stages: readonly string[] = ['*']) =>
  by(client, { scope: 'infra:read infra:plan infra:deploy', stages });

export const destroyer = (client = 'destroyer', stages: readonly string[] = ['*']) =>
  by(client, { scope: 'infra:read infra:plan infra:destroy', stages });

export const reader = (client = 'reader', stages: readonly string[] = ['*']) =>
  by(client, { scope: 'infra:read', stages });
