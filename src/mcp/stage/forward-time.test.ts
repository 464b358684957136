// A stage's server that takes its time, and a caller who does not wait for it.
import { afterAll, beforeEach, describe, expect, it } from 'bun:test';

import { OpsError } from '../../contract/errors.ts';
import type { Principal } from '../../contract/principal.ts';
import { createForward } from './forward.ts';

let left = Promise.withResolvers<void>();
beforeEach(() => {
  left = Promise.withResolvers<void>();
});

/** Answers nothing, and notices when whoever asked hangs up. */
const server = Bun.serve({
  port: 0,
  fetch: (request) => {
    request.signal.addEventListener('abort', () => left.resolve());
    return new Promise<Response>(() => {});
  },
});
afterAll(() => server.stop(true));

const principal: Principal = { client: 'c', subject: 's', scopes: [], stages: ['*'] };
const known = { name: 'slow', url: server.url.origin, updatedAt: '' };

const open = (signal: AbortSignal, timeoutMs: number) =>
  createForward({
    own: 'prod',
    directory: { stage: async () => known, stages: async () => [known] },
    tokenFor: async () => 'token',
    timeoutMs,
  })('slow', { principal, tool: 'read', scope: 'db:query', signal });

describe('a forwarded call', () => {
  it('is given up after a while, and the other server hears of it', async () => {
    const call = await open(new AbortController().signal, 100);
    const failed = await call({}).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(OpsError);
    expect(failed).toMatchObject({
      code: 'RESOURCE_TIMEOUT',
      message: 'The server of stage slow did not answer within 0.1 s.',
    });
    await left.promise;
  });

  it('ends when its caller leaves, for the caller’s own reason', async () => {
    const caller = new AbortController();
    const call = await open(caller.signal, 10_000);
    const failed = call({}).catch((error: unknown) => error);
    await Bun.sleep(50);
    const reason = new Error('gone');
    caller.abort(reason);
    expect(await failed).toBe(reason);
    await left.promise;
  });
});
