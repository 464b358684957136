import { afterAll, beforeEach, describe, expect, it } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { hasLostData } from './lost-data.ts';

const root = mkdtempSync(join(tmpdir(), 'lost-'));
const stage = join(root, '.alchemy', 'state', 'demo', 'prod');
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  rmSync(join(root, '.alchemy'), { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
});

const row = (status: string, providerMode = 'local') =>
  writeFileSync(join(stage, 'db.json'), JSON.stringify({ status, providerMode }));

describe('hasLostData', () => {
  it('tells a deployed stage without its data', () => {
    row('created');
    expect(hasLostData(root)).toBe(true);
  });

  it('finds nothing wrong where the data is', () => {
    row('created');
    mkdirSync(join(root, '.alchemy', 'local'));
    expect(hasLostData(root)).toBe(false);
  });

  it('lets a first deploy that was killed go on', () => {
    row('creating');
    expect(hasLostData(root)).toBe(false);
  });

  it('leaves a stage on Cloudflare, a broken row and an empty folder alone', () => {
    row('created', 'live');
    writeFileSync(join(stage, 'x.json'), '{"status":');
    expect(hasLostData(root)).toBe(false);
    rmSync(join(root, '.alchemy'), { recursive: true });
    expect(hasLostData(root)).toBe(false);
  });
});
