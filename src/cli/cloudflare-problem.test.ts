import { describe, expect, it } from 'bun:test';

import type { CloudflareFailure } from '../cloudflare/api.ts';
import { deploymentProblemOf, problemOf } from './cloudflare-problem.ts';

const refused = (status: number, code: number, message = 'canary-words'): CloudflareFailure => ({
  type: 'refused',
  status,
  code,
  message,
});

const BOTH: [string, CloudflareFailure, string][] = [
  ['no connection', { type: 'unreachable' }, 'does not answer'],
  ['a page of something else', { type: 'unreadable', status: 502 }, 'HTTP 502'],
  ['a token it does not take', refused(403, 10_000), 'CLOUDFLARE_API_TOKEN'],
  ['a token of nobody', refused(400, 9_109), 'Workers Scripts, Edit'],
  ['too many requests', refused(429, 971), 'Wait'],
  ['a failure of its own', refused(500, 10_013), 'Try again'],
  ['an unknown Worker', refused(404, 10_007), '--worker'],
];

const DEPLOYMENT: [string, CloudflareFailure, string][] = [
  ['a changed secret', refused(400, 10_220), '--force'],
  ['an unknown version', refused(404, 10_025), '--list'],
  ['a migration', refused(400, 10_021, 'A Durable Object migration has occurred'), 'git revert'],
  ['an old version', refused(400, 10_021, 'is not one of the 100 latest'), '100 latest'],
  ['a resource that is gone', refused(400, 10_041), 'is gone'],
];

describe('what Cloudflare refuses', () => {
  it.each([...BOTH, ...DEPLOYMENT])('is told for %s, with what to do', (_, failure, told) => {
    expect(deploymentProblemOf(failure, 'version 3')).toContain(told);
  });

  it.each(BOTH)('is told alike of any question: %s', (_, failure, told) => {
    expect(problemOf(failure)).toContain(told);
  });

  it('is never told in its own words', () => {
    for (const [, failure] of [...BOTH, ...DEPLOYMENT]) {
      const told = problemOf(failure) + deploymentProblemOf(failure, 'version 3');
      expect(told).not.toContain('canary-words');
    }
  });
});
