import { afterAll, beforeAll, describe, expect, it } from 'bun:test';

import { type TestD1, startD1 } from '../../../../test/kit/real-d1.ts';
import { HONEST_READS, READ_SCHEMA } from './corpus-reads.ts';

describe('honest reads on a real D1', () => {
  let cloud: TestD1;

  beforeAll(async () => {
    cloud = await startD1(READ_SCHEMA);
  });
  afterAll(() => cloud.stop());

  it('counts at least 60', () => expect(HONEST_READS.length).toBeGreaterThanOrEqual(60));

  for (const { name, sql, params = [], rows } of HONEST_READS) {
    it(`answers ${name}`, async () => {
      const answer = await cloud.read({ sql, params });
      expect('page' in answer ? answer.page.rows : answer).toEqual(rows);
    });
  }
});
