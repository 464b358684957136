import { describe, expect, it } from 'bun:test';

import { drainBody } from './drain-body.ts';

const KIB = 1024;

const endless = () => {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulled += KIB;
      controller.enqueue(new Uint8Array(KIB));
    },
  });
  return { request: sending(body), pulled: () => pulled };
};

const sending = (body: ReadableStream<Uint8Array>) =>
  new Request('http://x/', { method: 'POST', body });

describe('drainBody', () => {
  it('takes in a body of unknown length', async () => {
    const request = new Request('http://x/', { method: 'POST', body: 'x'.repeat(5_000) });
    await drainBody(request, { maxBytes: 64 * KIB, maxMs: 1_000 });
    expect(request.bodyUsed).toBe(true);
  });

  it('leaves one that is said to be short to the runtime', async () => {
    for (const [length, isRead] of [
      [32 * KIB, false],
      [32 * KIB + 1, true],
    ] as const) {
      const headers = { 'content-length': String(length) };
      const request = new Request('http://x/', {
        method: 'POST',
        body: 'x'.repeat(length),
        headers,
      });
      await drainBody(request, { maxBytes: 64 * KIB, maxMs: 1_000 });
      expect(request.bodyUsed).toBe(isRead);
    }
  });

  it('stops soon after its limit', async () => {
    const { request, pulled } = endless();
    await drainBody(request, { maxBytes: 64 * KIB, maxMs: 1_000 });
    expect(pulled()).toBeLessThan(80 * KIB);
  });

  it('does not wait for a body that does not come', async () => {
    const startedAt = performance.now();
    const body = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
    await drainBody(sending(body), { maxBytes: KIB, maxMs: 50 });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('leaves a request without a body, or one that was read, alone', async () => {
    await drainBody(new Request('http://x/'), { maxBytes: KIB, maxMs: 50 });
    const read = new Request('http://x/', { method: 'POST', body: 'x' });
    await read.text();
    await drainBody(read, { maxBytes: KIB, maxMs: 50 });
  });

  it('says nothing of a sender who leaves', async () => {
    const body = new ReadableStream<Uint8Array>({ pull: (c) => c.error(new Error('gone')) });
    await drainBody(sending(body), { maxBytes: KIB, maxMs: 50 });
  });
});
