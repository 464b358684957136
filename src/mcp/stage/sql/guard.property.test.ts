// Random statements against the guard, with a SQLite outside our control (Bun's) as the judge of what passes. The
// judge asks two things of the text we would run: does its bytecode write, and is it one statement.
import { Database } from 'bun:sqlite';
import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { witness } from './bytecode.ts';
import { ATTACKS } from './corpus-attacks.ts';
import { HONEST_READS, READ_SCHEMA } from './corpus-reads.ts';
import { admit } from './layers.ts';
import { checkSchema, parseSchema } from './schema-rules.ts';
import { GUARD_PARAMETER, pageText, plainText } from './wrap.ts';

interface Verdict {
  /** Statements the four layers without a database let pass. */
  admitted: number;
  /** Of those, the ones SQLite could compile inside our query. */
  compiled: number;
  /** Of those, what our witness and schema rules still refused. */
  refusedLate: number;
  /** Everything that should never be: each with its text. */
  readonly broken: string[];
}

const FRAGMENTS = [
  ...`SELECT select FROM users orders docs red WHERE WITH RECURSIVE a AS VALUES INSERT INTO DELETE UPDATE
  SET DROP TABLE PRAGMA optimize pragma_optimize pragma_table_info EXPLAIN ATTACH RETURNING * REPLACE
  CREATE VIEW id name total UNION ALL EXCEPT ORDER BY GROUP LIMIT OFFSET JOIN LEFT ON USING IN EXISTS
  NOT NULL CASE WHEN THEN END OVER FILTER MATCH LIKE ESCAPE count sum abs json_each load_extension
  sqlite_schema _cf_KV d1_migrations docs_data INDEXED COLLATE NOCASE CAST DISTINCT main temp . 1 2.5
  x'00' 'a' 'it''s' "id" [name] \`users\` ? ?1 :a @b $c $d::e(f) #1 1_000 0x1f ( ) ( ) ; ; , , = < || ->
  ->> + - / % & ~`.split(/\s+/),
  '--',
  '--\n',
  '/*',
  '*/',
  '/*/',
  "'",
  '"',
  '`',
  '[',
  ']',
  '\n',
  '\r',
  '\t',
  '\f',
  '\u000B',
  '\u00A0',
  '\uFEFF',
  '\u0000',
  '\u2028',
  '\uD800',
  'é',
  '\u212A',
  'SELECT 1',
  '(SELECT 1)',
  'FROM users',
  '; DELETE FROM users',
  ') ; DELETE FROM users; SELECT * FROM (SELECT 1',
];

const ATTACK_TEXTS = ATTACKS.map(({ sql }) => sql).filter((sql) => sql.length < 400);
const READ_TEXTS = HONEST_READS.map(({ sql }) => sql).filter((sql) => sql.length < 400);

const madeUp = fc
  .tuple(
    fc.constantFrom('', 'SELECT ', 'WITH a AS (SELECT 1) SELECT '),
    fragments(8),
    fc.constantFrom('', ' '),
  )
  .map(([start, texts, glue]) => start + texts.join(glue));

/** A known statement with something cut out or put in. */
const changed = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...texts), fc.nat(), fc.nat(6), fragments(2))
    .map(([sql, at, cut, inserted]) => {
      const start = at % (sql.length + 1);
      return sql.slice(0, start) + inserted.join(' ') + sql.slice(start + cut);
    });

/** Two known statements, the one somewhere inside the other. */
const nested = fc
  .tuple(fc.constantFrom(...READ_TEXTS), fc.constantFrom(...READ_TEXTS, ...ATTACK_TEXTS), fc.nat())
  .map(([outer, inner, at]) => {
    const start = at % (outer.length + 1);
    return `${outer.slice(0, start)}(${inner})${outer.slice(start)}`;
  });

const statements = fc.oneof(madeUp, changed(ATTACK_TEXTS), changed(READ_TEXTS), nested);

function fragments(maxLength: number): fc.Arbitrary<string[]> {
  return fc.array(
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...FRAGMENTS) }, fc.string({ maxLength: 4 })),
    { maxLength },
  );
}

function fuzzGuard(runs: number, seed: number): Verdict {
  const judge = createJudge();
  const verdict: Verdict = { admitted: 0, compiled: 0, refusedLate: 0, broken: [] };
  for (const sql of fc.sample(statements, { numRuns: runs, seed })) judge(sql, verdict);
  return verdict;
}

function createJudge(): (sql: string, verdict: Verdict) => void {
  const database = new Database(':memory:');
  for (const sql of READ_SCHEMA) database.run(sql);
  const schema = parseSchema(
    database
      .query('SELECT name, type, iif(rootpage = 0, sql, NULL) AS sql FROM sqlite_schema')
      .all(),
  );
  return (sql, verdict) => {
    const params = Array.from({ length: sql.split('?').length - 1 }, () => 1);
    const admitted = attempt(() => firstAdmitted(sql, params));
    if (admitted instanceof Error) verdict.broken.push(`threw: ${sql}`);
    if (admitted === undefined || admitted instanceof Error) return;
    verdict.admitted++;
    const text = plainText(admitted.statement, { limit: 11, offset: 0 });
    const steps = explain(database, text, admitted.bound);
    if (!steps) return;
    verdict.compiled++;
    if (writes(steps)) verdict.broken.push(`writes: ${sql}`);
    const seen = witness(steps);
    if (!seen.ok || !checkSchema(admitted.names, schema).ok) {
      verdict.refusedLate++;
      return;
    }
    const page = pageText(admitted.statement, { limit: 11, offset: 0 }, seen.value);
    const pageSteps = explain(database, page, admitted.bound);
    if (!pageSteps || writes(pageSteps)) verdict.broken.push(`page differs: ${sql}`);
    if (!isOneStatement(database, text)) verdict.broken.push(`goes on: ${sql}`);
  };
}

/** The params may be fewer than the question marks, since some stand in quotes. */
function firstAdmitted(sql: string, params: number[]) {
  for (let count = params.length; count >= 0; count--) {
    const admitted = admit(sql, params.slice(0, count));
    if (admitted.ok)
      return { ...admitted.value, bound: [GUARD_PARAMETER, ...params.slice(0, count)] };
    if (admitted.error.code !== 'SQL_PARAMETERS') return undefined;
  }
  return undefined;
}

type Steps = { opcode: string; p1: number; p2: number; p3: number }[];

const explain = (database: Database, text: string, bound: number[]): Steps | undefined => {
  const steps = attempt(() =>
    database.prepare<Steps[number], number[]>(`EXPLAIN ${text}`).all(...bound),
  );
  return steps instanceof Error ? undefined : steps;
};

/** Deliberately not our witness: only what SQLite's own documentation calls a write. */
const writes = (steps: Steps): boolean =>
  steps.some(
    ({ opcode, p2 }) =>
      (opcode === 'Transaction' && p2 !== 0) ||
      ['OpenWrite', 'VUpdate', 'Destroy', 'CreateBtree', 'Program', 'JournalMode'].includes(opcode),
  );

/** A prepared statement tells its own text, without whatever SQLite left unread behind it. */
function isOneStatement(database: Database, text: string): boolean {
  const prepared = attempt(() => database.prepare(text).toString());
  return typeof prepared === 'string' && prepared.trimEnd().endsWith('LIMIT 11 OFFSET 0');
}

function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** `SQL_FUZZ_RUNS=1000000 bun test guard.property` is the deep run. */
const RUNS = Number(Bun.env['SQL_FUZZ_RUNS'] ?? 6000);
const RUNS_PER_SEED = 50_000;

describe('random statements', () => {
  it(
    `never make the guard throw, and what passes only reads (${RUNS} of them)`,
    () => {
      const broken: string[] = [];
      let compiled = 0;
      for (let seed = 1; seed <= Math.ceil(RUNS / RUNS_PER_SEED); seed++) {
        const runs = Math.min(RUNS_PER_SEED, RUNS - (seed - 1) * RUNS_PER_SEED);
        const verdict = fuzzGuard(runs, seed);
        broken.push(...verdict.broken);
        compiled += verdict.compiled;
      }
      expect(broken).toEqual([]);
      // Otherwise the random texts would be too wild to prove anything.
      expect(compiled).toBeGreaterThan(RUNS / 100);
    },
    30 * 60_000,
  );
});
