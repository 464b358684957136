import { describe, expect, it } from 'bun:test';

import type { Snapshot } from '../contract/snapshot.ts';
import { publicOutputs } from './outputs.ts';

const ID = 'dev:536722b9-f4e9-4381-a485-3cfe05d8cec2';
const SECRET = 'https://example.com/hook-5f1e';
const snapshot: Snapshot = {
  stack: 'demo',
  stage: 'prod',
  publishedAt: '2026-11-22T00:00:00.000Z',
  resources: [
    {
      id: 'demo-app',
      type: 'Cloudflare.Worker',
      status: 'created',
      changedAt: null,
      mode: 'local',
      physicalName: null,
      url: 'http://localhost:1337',
      className: null,
      host: null,
      objects: [],
    },
  ],
};

const shown = (output: unknown) =>
  publicOutputs(output, { snapshot, secrets: new Set([SECRET]), ids: new Set([ID]) });

describe('the outputs of a stack', () => {
  it('show addresses, ids of its resources, and where each Worker answers', () => {
    expect(shown({ url: 'https://app.example.com/start', db: ID })).toEqual({
      url: 'https://app.example.com/start',
      db: ID,
      'url:demo-app': 'http://localhost:1337',
    });
  });

  it.each([
    SECRET,
    'https://user:pass@example.com/',
    'https://example.com/?token=abc',
    'postgres://user@db/x',
    'sk_live_0123456789',
    // It looks like an id, and is none of this stage's.
    '0123456789abcdef0123456789abcdef',
    { nested: 'value' },
    42,
  ])('do not show %p', (value) => {
    expect(shown({ value })).not.toHaveProperty('value');
  });

  it('may be nothing at all', () => {
    expect(Object.keys(shown(undefined))).toEqual(['url:demo-app']);
  });
});
