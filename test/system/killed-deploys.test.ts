// Deploys that are killed at any moment, as a lost lease or a pulled plug does it. The next deploy must come to the same
// stage as if nothing had happened. KILLED_DEPLOYS=20 tries more moments.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { Cloud, touched } from './cloud.ts';

const KILLS = Number(process.env['KILLED_DEPLOYS'] ?? 1);
/** An apply of the sample stack takes about so long. */
const SPAN_MS = 900;

setDefaultTimeout(60_000 + KILLS * 40_000);

let cloud: Cloud;
beforeAll(async () => {
  cloud = await Cloud.open();
});
afterAll(() => cloud[Symbol.asyncDispose]());

const rowsOf = (stage: string): string[] =>
  readdirSync(join(cloud.project.root, '.alchemy', 'state', 'demo', stage))
    .filter((name) => name.endsWith('.json') && !name.startsWith('__'))
    .toSorted();

describe('a deploy that was killed', () => {
  it(`is finished by the next one, killed at random (${KILLS})`, async () => {
    for (let kill = 1; kill <= KILLS; kill++) {
      const stage = `killed-${kill}`;
      const atMs = Math.round(Math.random() * SPAN_MS);
      const killed = await cloud.run('deploy', stage, {
        onBegun: (running) => void setTimeout(() => void running.kill(), atMs),
      });
      expect(['failed', 'succeeded']).toContain(killed.outcome.status);

      const { outputs } = await cloud.deploy(stage);
      const reply = await fetch(outputs?.['url:demo-app'] ?? '');
      expect({ atMs, app: await reply.json() }).toMatchObject({ atMs, app: { users: 12 } });
      expect(rowsOf(stage)).toHaveLength(9);
      expect(touched(await cloud.plan(stage))).toEqual([]);
      expect((await cloud.run('destroy', stage)).outcome.status).toBe('succeeded');
    }
  });

  // Alchemy's local cloud knows a consumer before its row is written, and would know two of one queue.
  it('is finished by the next one, when it was registering the consumer of a queue', async () => {
    const killed = await cloud.run('deploy', 'half', {
      onStep: ({ id, status }, running) => {
        if (id === 'demo-jobs-consumer' && status === 'creating')
          setTimeout(() => void running.kill(), 3);
      },
    });
    expect(killed.outcome.status).toBe('failed');
    expect((await cloud.deploy('half')).status).toBe('succeeded');
  });
});
