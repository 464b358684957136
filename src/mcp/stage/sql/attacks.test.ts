import { afterAll, beforeAll, describe, expect, it } from 'bun:test';

import { type TestD1, startD1 } from '../../../../test/kit/real-d1.ts';
import { ATTACKED_SCHEMA, ATTACKS } from './corpus-attacks.ts';

describe('attacks on a real D1', () => {
  let cloud: TestD1;

  beforeAll(async () => {
    cloud = await startD1(ATTACKED_SCHEMA);
  });
  afterAll(() => cloud.stop());

  it('names at least 300 statements, each once', () => {
    expect(ATTACKS.length).toBeGreaterThanOrEqual(300);
    expect(new Set(ATTACKS.map(({ name }) => name)).size).toBe(ATTACKS.length);
  });

  it('refuses each with its code, and nothing in the database changes', async () => {
    const before = await cloud.fingerprint();
    const surprises: string[] = [];
    for (const { name, sql, params = [], code } of ATTACKS) {
      const answer = await cloud.read({ sql, params });
      const outcome = 'page' in answer ? 'it ran' : answer.code;
      if (outcome !== code) surprises.push(`${name}: ${outcome}, not ${code}`);
      if ((await cloud.fingerprint()) !== before) surprises.push(`${name}: changed the database`);
    }
    expect(surprises).toEqual([]);
  }, 60_000);

  it('would notice: the same kinds of text sent straight to D1 change the fingerprint', async () => {
    const seen = [await cloud.fingerprint()];
    for (const sql of [
      "SELECT 1; UPDATE users SET name = 'x' WHERE id = 1",
      'SELECT 1; PRAGMA ignore_check_constraints = ON',
      'SELECT 1; CREATE TABLE evil (id)',
      'SELECT * FROM hidden1',
    ]) {
      await cloud.run(sql);
      seen.push(await cloud.fingerprint());
    }
    expect(new Set(seen).size).toBe(5);
  });
});
