// A real D1 for tests: workerd's own SQLite behind Miniflare, thrown away at the end. `read` runs the engine inside a
// worker, as in production; `db` is the same database seen from the test.
import { Miniflare } from 'miniflare';

import type { Answer } from '../../src/mcp/stage/sql/query-worker.fixture.ts';
import type { ReadPage, ReadRequest } from '../../src/mcp/stage/sql/read-query.ts';

const WORKER = new URL('../../src/mcp/stage/sql/query-worker.fixture.ts', import.meta.url).pathname;

export type TestD1 = Awaited<ReturnType<typeof startD1>>;

export async function startD1(schema: readonly string[] = []) {
  const built = await Bun.build({
    entrypoints: [WORKER],
    conditions: ['workerd', 'worker', 'browser'],
  });
  const miniflare = new Miniflare({
    modules: [
      { type: 'ESModule', path: 'worker.js', contents: (await built.outputs[0]?.text()) ?? '' },
    ],
    modulesRoot: '/',
    compatibilityDate: '2026-07-30',
    d1Databases: { DB: 'sql-tests' },
  });
  const url = await miniflare.ready;
  const order = async <T>(body: unknown): Promise<T> => {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`The test worker failed: ${await response.text()}`);
    const answer: T = JSON.parse(await response.text());
    return answer;
  };
  await order({ run: schema });
  return {
    db: await miniflare.getD1Database('DB'),
    run: (...sqls: string[]) => order({ run: sqls }),
    fingerprint: async () => String(await order({ fingerprint: true })),
    read: (request: Partial<ReadRequest> & { sql: string }) =>
      order<Answer<ReadPage>>({ read: { params: [], limit: 100, offset: 0, ...request } }),
    stop: () => miniflare.dispose(),
  };
}

/** Why a read was refused. */
export const refusalOf = (answer: Promise<ReadPage>): Promise<unknown> =>
  answer.then(
    () => 'it ran',
    (error: unknown) => error,
  );
