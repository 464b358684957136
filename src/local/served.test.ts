import { describe, expect, it } from 'bun:test';

import type { Snapshot } from '../contract/snapshot.ts';
import { createServed } from './served.ts';

const snapshot = (stage: string, urls: (string | null)[]): Snapshot => ({
  stack: 'demo',
  stage,
  publishedAt: '2026-11-22T00:00:00.000Z',
  resources: urls.map((url, index) => ({
    id: `r${index}`,
    type: 'Cloudflare.Worker',
    status: 'created',
    changedAt: null,
    mode: 'local',
    physicalName: null,
    url,
    className: null,
    host: null,
    objects: [],
  })),
});

describe('the Workers that ought to answer', () => {
  it('are those of every settled stage', () => {
    const served = createServed();
    served.settle(snapshot('prod', ['http://localhost:1', null]));
    served.settle(snapshot('staging', ['http://localhost:2']));
    expect(served.workers().map(({ url }) => url)).toEqual([
      'http://localhost:1',
      'http://localhost:2',
    ]);
  });

  it('are not those of a stage that an operation is working on, or has destroyed', () => {
    const served = createServed();
    served.settle(snapshot('prod', ['http://localhost:1']));
    served.unsettle('prod');
    expect(served.workers().map(({ url }) => url)).toEqual([]);
    served.settle(snapshot('prod', []));
    expect(served.workers().map(({ url }) => url)).toEqual([]);
  });
});
