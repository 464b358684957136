import { expect, it } from 'bun:test';

import { DEFAULT_SCOPES, OPERATOR_SCOPES, SCOPES } from './scopes.ts';

it('a token that names no scope may look and plan, and change nothing', () => {
  expect(DEFAULT_SCOPES).toEqual([
    'infra:read',
    'infra:plan',
    'db:query',
    'storage:read',
    'cache:read',
  ]);
});

it('the shared secret may use every tool, and does not bypass the dark launch', () => {
  expect([...OPERATOR_SCOPES, 'rollout:bypass'].toSorted()).toEqual(SCOPES.toSorted());
});
