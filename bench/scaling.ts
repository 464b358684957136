// How cost grows: with clients, stages, the journal and the rows a query reads. Each should be a straight line.
import { StageTable } from '../src/operations/hub/stage-table.ts';
import { Journal } from '../src/operations/journal.ts';
import { DEED, newEngine } from '../test/kit/engine-in-process.ts';
import { withSecret } from '../test/kit/tokens.ts';
import { startContender } from './contenders.ts';
import { load } from './load.ts';
import { cpuMicros } from './process-facts.ts';
import { bearerOf, requestOf } from './requests.ts';
import { straightness } from './statistics.ts';

export interface Curve {
  readonly name: string;
  readonly title: string;
  readonly x: string;
  readonly points: readonly (readonly [x: number, milliseconds: number])[];
  /** 1 is a line. */
  readonly straightness: number;
}

type Measure = (x: number) => Promise<number>;

const TRIES = 3;

/** The least of a few tries, taken in turns: what is above it is the neighbours. */
const curve = async (
  about: Pick<Curve, 'name' | 'title' | 'x'>,
  sizes: readonly number[],
  measure: Measure,
): Promise<Curve> => {
  const least = new Map<number, number>();
  for (let attempt = 0; attempt < TRIES; attempt += 1)
    for (const x of sizes)
      least.set(x, Math.min(least.get(x) ?? Number.POSITIVE_INFINITY, await measure(x)));
  const points = [...least].map(([x, ms]) => [x, ms] as const);
  return { ...about, points, straightness: straightness(points) };
};

export const measureScaling = async (): Promise<Curve[]> => [
  await curve(
    { name: 'clients', title: 'Clients, one list each: processor time', x: 'clients' },
    [500, 1_000, 1_500, 2_000, 2_500],
    clients,
  ),
  await curve(
    { name: 'stages', title: 'Stages, heard of once each and listed: time', x: 'stages' },
    [2_000, 4_000, 6_000, 8_000, 10_000],
    async (x) => stages(x),
  ),
  await curve(
    { name: 'journal', title: 'Journal, written and verified: time', x: 'rows' },
    [20_000, 40_000, 60_000, 80_000, 100_000],
    async (x) => journal(x),
  ),
  await rows(),
];

/** Each has an object of its own, made on the first call. */
const clients: Measure = async (count) => {
  await using contender = await startContender('ours');
  const requests = Array.from({ length: count }, (_, n) =>
    requestOf('list', 'modern', bearerOf(`one-of-many-${n}`)),
  );
  const { pid, target } = contender;
  const warm = requestOf('list', 'modern', bearerOf('another'));
  await load({ target, requests: [warm], connections: 1, total: 50 });
  const before = cpuMicros(pid);
  await load({ target, requests, connections: 16, total: count });
  return (cpuMicros(pid) - before) / 1_000;
};

const stages = (count: number): number => {
  const { sql, database } = newEngine();
  const table = new StageTable(sql);
  const startedAt = performance.now();
  database.transaction(() => {
    for (let n = 0; n < count; n += 1)
      table.hear({
        stage: `stage-${n}`,
        version: 1,
        hasWork: n % 2 === 0,
        facts: {
          isDeployed: true,
          url: 'https://example.com',
          updatedAt: '2026-11-22T10:00:00.000Z',
        },
      });
  })();
  if (table.deployed().length !== count || table.withWork().length !== count / 2)
    throw new Error('Stages are missing.');
  return performance.now() - startedAt;
};

const journal = (rowCount: number): number => {
  const engine = newEngine();
  const startedAt = performance.now();
  engine.run((within) => {
    for (let n = 0; n < rowCount; n += 1) within.journal.append(DEED, 0);
  });
  const verification = new Journal(engine.sql, 'prod').verify();
  let step = verification.next();
  while (step.done !== true) step = verification.next();
  if (!step.value.isIntact) throw new Error('The journal is not intact.');
  return performance.now() - startedAt;
};

const LARGEST = 200_000;

const rows = async (): Promise<Curve> => {
  await using contender = await startContender('ours');
  const database = await contender.cloud.database();
  await database.exec('CREATE TABLE measured (id INTEGER PRIMARY KEY, note TEXT)');
  await database.exec(
    `INSERT INTO measured (note) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${LARGEST}) SELECT 'a note of some length, number ' || i FROM n`,
  );
  const ask: Measure = async (count) => {
    const query = `SELECT count(*) FROM measured WHERE id <= ${count} AND note LIKE '%9%'`;
    const startedAt = performance.now();
    const response = await contender.cloud.fetch('/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...withSecret },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'query_database', arguments: { query } },
      }),
    });
    if (!(await response.text()).includes('"rowCount":1')) throw new Error('The query failed.');
    return performance.now() - startedAt;
  };
  await ask(1_000);
  // Awaited here: the contender ends with this function.
  return await curve(
    { name: 'rows', title: 'query_database, rows scanned: time', x: 'rows' },
    [40_000, 80_000, 120_000, 160_000, LARGEST],
    ask,
  );
};
