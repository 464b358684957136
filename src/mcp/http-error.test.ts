import { describe, expect, it } from 'bun:test';

import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import { httpError } from './http-error.ts';

describe('an error outside MCP', () => {
  it.each([
    ['BAD_REQUEST', 400, 'Bad request'],
    ['UNAUTHENTICATED', 401, 'Unauthorized'],
    ['ORIGIN_NOT_ALLOWED', 403, 'Forbidden'],
    ['NOT_FOUND', 404, 'Not found'],
    ['METHOD_NOT_ALLOWED', 405, 'Method not allowed'],
    ['BODY_TOO_LARGE', 413, 'Payload too large'],
    ['INTERNAL', 500, 'Internal server error'],
    ['AUTH_NOT_CONFIGURED', 503, 'Service temporarily unavailable'],
  ] satisfies [ErrorCode, number, string][])('%s is %i %s', async (code, status, error) => {
    const response = httpError(code, 'A sentence.', 'id-1');
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toStartWith('application/json');
    expect(await response.json()).toEqual({
      error,
      message: 'A sentence.',
      code,
      requestId: 'id-1',
    });
  });

  it('takes headers, and fields beside the fixed four', async () => {
    const options = { headers: { 'Retry-After': '45' }, extra: { retryAfter: 45 } };
    const response = httpError('AUTH_NOT_CONFIGURED', 'Later.', 'id-2', options);
    expect(response.headers.get('retry-after')).toBe('45');
    expect(await response.json()).toMatchObject({ retryAfter: 45, requestId: 'id-2' });
  });

  it('has a status, a level and what to do next for every code of the list', () => {
    for (const [code, { status, level, next }] of Object.entries(ERRORS)) {
      expect(status, code).toBeWithin(400, 600);
      // Not our fault: a closed door, a service that is slow, a stack that does not deploy.
      const isRefusal = ['NOT_IN_ROLLOUT', 'OPERATION_FAILED'].includes(code) || status === 504;
      expect(status >= 500 === (level === 'error') || isRefusal, code).toBe(true);
      expect(next, code).toMatch(/^[A-Z].*\.$/);
    }
  });
});
