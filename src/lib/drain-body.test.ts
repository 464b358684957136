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

const sending = (body: ReadableStream<Uint8Array>, headers: Record<string, string> = {}) =>
  new Request('http://x/', { method: 'POST', body, headers });

describe('drainBody', () => {
  it('takes in all of a short body', async () => {
    for (const headers of [{}, { 'content-length': '5000' }]) {
      const init = { method: 'POST', body: 'x'.repeat(5_000), headers };
      const request = new Request('http://x/', init);
      await drainBody(request, { maxBytes: 64 * KIB, maxMs: 1_000 });
      expect(request.bodyUsed).toBe(true);
    }
  });

  it('leaves a short one alone, where it is told to', async () => {
    for (const [length, isRead] of [
      [2_000, false],
      [2_001, true],
    ] as const) {
      const headers = { 'content-length': String(length) };
      const request = new Request('http://x/', {
        method: 'POST',
        body: 'x'.repeat(length),
        headers,
      });
      await drainBody(request, { maxBytes: 64 * KIB, maxMs: 1_000, leftAloneBytes: 2_000 });
      expect(request.bodyUsed).toBe(isRead);
    }
  });

  it('stops soon after its limit', async () => {
    const { request, pulled } = endless();
    await drainBody(request, { maxBytes: 64 * KIB, maxMs: 1_000 });
    expect(pulled()).toBeLessThan(80 * KIB);
  });

  it.each<[string, Record<string, string>]>([
    ['of unknown length', {}],
    ['that is said to be short', { 'content-length': '20' }],
  ])('does not wait for a body %s and does not come', async (_, headers) => {
    const startedAt = performance.now();
    const body = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
    await drainBody(sending(body, headers), { maxBytes: KIB, maxMs: 50 });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('leaves a request without a body, or one that was read, alone', async () => {
    await drainBody(new Request('http://x/'), { maxBytes: KIB, maxMs: 50 });
    const read = new Request('http://x/', { method: 'POST', body: 'x' });
    await read.text();
    await drainBody(read, { maxBytes: KIB, maxMs: 50 });
  });

  it('says nothing of a sender who leaves', async () => {
    for (const headers of [{}, { 'content-length': '20' }]) {
      const body = new ReadableStream<Uint8Array>({ pull: (c) => c.error(new Error('gone')) });
      await drainBody(sending(body, headers), { maxBytes: KIB, maxMs: 50 });
    }
  });
});
