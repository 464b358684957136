import { describe, expect, it } from 'bun:test';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { PlannedResource } from '../contract/plan.ts';
import { changeProblem, serveStage } from './other-stages.ts';
import { createServed } from './served.ts';

const row = (action: PlannedResource['action'], ...paths: string[]): PlannedResource => ({
  id: 'demo-app',
  type: 'Cloudflare.Worker',
  action,
  properties: paths.map((path) => ({ path, from: 'a', to: 'b' })),
});

describe('serving a stage again', () => {
  it('is allowed when nothing changes, or only code, which local Workers follow anyway', () => {
    expect(changeProblem({ resources: [row('noop'), row('update', 'code')] })).toBeUndefined();
  });

  it('is refused for any other change, with the names of what differs', () => {
    const changes = [
      row('update', 'code', 'env.LEVEL'),
      row('update'),
      row('create', 'code'),
      row('adopt'),
      row('replace', 'code'),
      row('delete'),
      row('run'),
    ];
    for (const change of changes)
      expect(changeProblem({ resources: [row('noop'), change] })).toContain('(demo-app)');
  });

  it('neither finishes nor undoes an operation on it that was interrupted', async () => {
    const root = mkdtempSync(join(tmpdir(), 'stages-'));
    const folder = join(root, '.alchemy/state/demo/staging');
    const row = join(folder, 'demo-cache.json');
    mkdirSync(folder, { recursive: true });
    const torn = JSON.stringify({ status: 'deleting', resourceType: 'Cloudflare.KV.Namespace' });
    writeFileSync(row, torn);
    const said: string[] = [];
    await serveStage('staging', {
      root,
      stack: 'demo',
      url: 'http://localhost:1',
      driver: {
        mode: 'local',
        run: () => {
          throw new Error('No operation may begin.');
        },
      },
      entrypoint: 'alchemy.run.ts',
      runnerToken: '',
      served: createServed(),
      say: (line) => void said.push(line),
    });
    expect(said).toEqual([
      'The stage staging is not served: an operation on it was interrupted. Plan it again.',
    ]);
    expect(readFileSync(row, 'utf8')).toBe(torn);
    rmSync(root, { recursive: true });
  });
});
