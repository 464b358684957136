// The part of the benchmark that every run of the suite can afford: what may not get worse unnoticed.
import { beforeAll, expect, it } from 'bun:test';

import { type GateFigures, LEAST_CPU_RATIO, measureGate, MOST_GZIP_BYTES } from './gate.ts';

let figures: GateFigures;

beforeAll(async () => {
  figures = await measureGate();
}, 60_000);

it('lists its tools at no more than ten times the cost of a hello', () => {
  expect(figures.list.cpuRatio.median).toBeGreaterThan(LEAST_CPU_RATIO);
});

it('asks one Durable Object per request, and KV for nothing it remembers', () => {
  const { later, laterRequests } = figures.counts;
  const { 'object ROLLOUT_REGISTRY': flagReads = 0, ...perRequest } = later;
  expect(perRequest).toEqual({ 'object CLIENT_LIMITER': laterRequests });
  // Flags are read again every three seconds, by one request and on the side.
  expect(flagReads).toBeLessThan(laterRequests / 10);
});

it('reads KV once for a client it has not met', () => {
  expect(figures.counts.first).toEqual({
    'object CLIENT_LIMITER': 1,
    'object ROLLOUT_REGISTRY': 1,
    'kv get': 1,
  });
});

it('is no larger than when it was last looked at', () => {
  expect(figures.gzipBytes).toBeLessThan(MOST_GZIP_BYTES);
});
