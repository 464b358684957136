// The journal in SQLite: what is written with each deed, and that whoever changes, removes or moves a line is found out.
import { beforeAll, describe, expect, it } from 'bun:test';

import { DEED, type EngineUnderTest, newEngine } from '../../test/kit/engine-in-process.ts';
import { ALICE, submissionOf } from '../../test/kit/operations.ts';
import { Journal } from './journal.ts';
import { GENESIS } from './rules/journal-chain.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const ENTRIES = 7;
const COLUMNS = [
  'seq',
  'at',
  'type',
  'stage',
  'operation_id',
  'kind',
  'client',
  'subject',
  'tool',
  'arguments_hash',
  'digest',
  'approver',
  'fence',
  'outcome',
  'prev',
  'hash',
];

const verdictOf = ({ run }: EngineUnderTest) =>
  run((engine) => {
    const pages = engine.journal.verify();
    for (;;) {
      const page = pages.next();
      if (page.done === true) return page.value;
    }
  });

/** Every field filled somewhere. */
const written = (): EngineUnderTest => {
  const engine = newEngine();
  engine.run(({ journal }) => {
    for (let n = 1; n <= ENTRIES; n += 1)
      journal.append(
        {
          type: 'begun',
          operationId: `prod.${'0'.repeat(32)}`,
          kind: 'deploy',
          requester: ALICE,
          tool: 'deploy_infrastructure',
          argumentsHash: 'a'.repeat(64),
          digest: n % 2 === 0 ? 'd'.repeat(64) : null,
          approver: 'bob',
          fence: n,
          outcome: n % 2 === 0 ? 'succeeded' : null,
        },
        NOW + n,
      );
  });
  return engine;
};

describe('a journal', () => {
  it('that is as it was written is intact', () => {
    const engine = written();
    const verdict = verdictOf(engine);
    expect(verdict).toMatchObject({ isIntact: true, entries: ENTRIES, stage: 'prod' });
    expect(verdict.problem).toBeUndefined();
    expect(verdict.head).toBe(engine.run(({ journal }) => journal.head().hash));
  });

  it('that is empty is intact', () => {
    expect(verdictOf(newEngine())).toEqual({
      stage: 'prod',
      isIntact: true,
      entries: 0,
      head: GENESIS,
    });
  });

  it('keeps an entry with each request and each refusal, in the transaction of the state', () => {
    const engine = newEngine('prod', true);
    engine.run(({ callers }) => callers.submit(submissionOf('deploy'), NOW));
    expect(engine.run(({ journal }) => journal.read(0, 10))).toMatchObject([
      { type: 'refused', outcome: 'PLAN_REQUIRED', operationId: null, requester: ALICE },
    ]);
    const broken = () =>
      engine.run(({ callers }) => {
        callers.submit(submissionOf('drift'), NOW);
        throw new Error('the machine stops here');
      });
    expect(broken).toThrow();
    expect(
      engine.run((it) => [it.journal.head().seq, it.operations(10, undefined).length]),
    ).toEqual([1, 0]);
  });
});

describe('a change of a single character is found', () => {
  let engine: EngineUnderTest;
  beforeAll(() => {
    engine = written();
  });

  it.each(COLUMNS)('in %s, in every row and at every place', (column) => {
    const rows = engine.database.query<{ seq: number; value: string | number | null }, []>(
      `SELECT seq, ${column} AS value FROM journal ORDER BY seq`,
    );
    let changes = 0;
    for (const { seq, value } of rows.all()) {
      const text = value === null ? 'x' : String(value);
      for (let at = 0; at < text.length; at += 1) {
        const other = text[at] === '1' ? '2' : '1';
        const changed = text.slice(0, at) + other + text.slice(at + 1);
        engine.database.run('SAVEPOINT tampered');
        engine.database.run(`UPDATE OR REPLACE journal SET ${column} = ? WHERE seq = ?`, [
          changed,
          seq,
        ]);
        const { isIntact, problem } = verdictOf(engine);
        engine.database.run('ROLLBACK TO tampered');
        engine.database.run('RELEASE tampered');
        expect(isIntact, `${column} of ${seq} at ${at}`).toBe(false);
        expect(problem?.seq).toBeLessThanOrEqual(column === 'seq' ? Number(changed) : seq);
        changes += 1;
      }
    }
    expect(changes).toBeGreaterThanOrEqual(ENTRIES);
    expect(verdictOf(engine).isIntact).toBe(true);
  });
});

describe('it is found that', () => {
  const COPY =
    'at, type, stage, operation_id, kind, client, subject, tool, arguments_hash, digest, approver, fence, outcome, prev, hash';
  it.each([
    ['a row was deleted', 'DELETE FROM journal WHERE seq = 3', 3],
    ['the first row was deleted', 'DELETE FROM journal WHERE seq = 1', 1],
    ['the last row was deleted', `DELETE FROM journal WHERE seq = ${ENTRIES}`, ENTRIES],
    ['the tail was deleted', 'DELETE FROM journal WHERE seq > 2', 3],
    ['everything was deleted', 'DELETE FROM journal', 1],
    [
      'two were swapped',
      'UPDATE journal SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE seq IN (3, 4); UPDATE journal SET seq = -seq WHERE seq < 0',
      3,
    ],
    [
      'a row was put on',
      `INSERT INTO journal SELECT ${ENTRIES + 1}, ${COPY} FROM journal WHERE seq = 1`,
      8,
    ],
    ['a row was put before', `INSERT INTO journal SELECT 0, ${COPY} FROM journal WHERE seq = 1`, 0],
    [
      'a row was put in between',
      'UPDATE journal SET seq = -(seq + 1) WHERE seq > 3; UPDATE journal SET seq = -seq WHERE seq < 0;' +
        `INSERT INTO journal SELECT 4, ${COPY} FROM journal WHERE seq = 3`,
      4,
    ],
    ['the head was changed', `UPDATE journal_head SET hash = '${'0'.repeat(64)}'`, ENTRIES],
    ['the head was deleted', 'DELETE FROM journal_head', 1],
    ['the head was put back', 'UPDATE journal_head SET seq = 2', 3],
  ])('%s', (_, tampering, seq) => {
    const engine = written();
    for (const statement of tampering.split(';')) engine.database.run(statement);
    const { isIntact, problem } = verdictOf(engine);
    expect(isIntact).toBe(false);
    expect(problem?.seq).toBe(seq);
    expect(problem?.reason).toMatch(/\.$/);
  });
});

describe('a journal of 100,000 entries', () => {
  it('that was emptied, its head too, is missed where there are operations', () => {
    const engine = newEngine();
    engine.run(({ callers }) => callers.submit(submissionOf('deploy'), NOW));
    expect(verdictOf(engine)).toMatchObject({ isIntact: true, entries: 1 });
    for (const table of ['journal', 'journal_head']) engine.database.run(`DELETE FROM ${table}`);
    expect(verdictOf(engine)).toMatchObject({ isIntact: false, problem: { seq: 1 } });
  });

  it('is verified a page at a time, without keeping what it has read', () => {
    const engine = newEngine();
    engine.run(({ journal }) => {
      for (let n = 0; n < 100_000; n += 1) journal.append(DEED, NOW);
    });
    const startedAt = performance.now();
    let pages = 0;
    const journal = new Journal(engine.sql, 'prod');
    const verification = journal.verify();
    let last = verification.next();
    for (; last.done !== true; last = verification.next()) pages += 1;
    const ms = Math.round(performance.now() - startedAt);
    console.log(`100,000 journal entries verified in ${ms} ms, ${pages} pages`);
    expect(last.value).toMatchObject({ isIntact: true, entries: 100_000 });
    expect(pages).toBe(200);
  }, 60_000);
});
