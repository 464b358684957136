// D1 says "Network connection lost" when its object moves or its Worker is replaced. A read may be asked again.
import { afterAll, beforeAll, describe, expect, it } from 'bun:test';

import { type TestD1, refusalOf, startD1 } from '../../../../test/kit/real-d1.ts';
import { createReadQuery } from './read-query.ts';

describe('a page of a database that loses its connection', () => {
  let cloud: TestD1;

  beforeAll(async () => {
    cloud = await startD1(['CREATE TABLE items (id INTEGER PRIMARY KEY)']);
  });
  afterAll(() => cloud.stop());

  /** `db`, of which the first calls are lost; counts the calls. */
  const losing = (calls: number) => {
    const counted = { calls: 0 };
    const db: TestD1['db'] = Object.create(cloud.db);
    db.withSession = (constraint) => {
      counted.calls += 1;
      const session = cloud.db.withSession(constraint);
      if (counted.calls > calls) return session;
      const lost = () => Promise.reject(new Error('D1_ERROR: Network connection lost.'));
      return Object.assign(Object.create(session), {
        prepare: (sql: string) => session.prepare(sql),
        batch: lost,
      });
    };
    return { db, counted };
  };
  const request = { sql: 'SELECT 7', params: [], limit: 1, offset: 0 };

  it('is asked for again, twice', async () => {
    const { db, counted } = losing(2);
    expect(await createReadQuery()(db, request, 'db')).toMatchObject({ rows: [[7]] });
    expect(counted.calls).toBe(3);
  });

  it('is given up after that', async () => {
    const { db, counted } = losing(3);
    expect(await refusalOf(createReadQuery()(db, request, 'db'))).toMatchObject({
      code: 'RESOURCE_FAILED',
    });
    expect(counted.calls).toBe(3);
  });

  it('is not asked for again when the time is up', async () => {
    const { db, counted } = losing(3);
    const readQuery = createReadQuery({ timeoutMs: 50 });
    expect(await refusalOf(readQuery(db, request, 'db'))).toMatchObject({
      code: 'RESOURCE_TIMEOUT',
    });
    await Bun.sleep(150);
    expect(counted.calls).toBe(1);
  });

  it('is not asked for again when it was refused', async () => {
    const { db, counted } = losing(0);
    const wrong = { ...request, sql: 'SELECT nmae FROM items' };
    expect(await refusalOf(createReadQuery()(db, wrong, 'db'))).toMatchObject({
      code: 'SQL_REFUSED_BY_ENGINE',
    });
    expect(counted.calls).toBe(1);
  });
});
