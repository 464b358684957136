// Each layer taken away, to show that it is not there for nothing: what the whole guard refuses gets through that point.
// "Alone" is the other half of the proof: with every other layer gone, the one still stops its statement.
import { afterEach, beforeEach, describe, expect, it } from 'bun:test';

import { type TestD1, startD1 } from '../../../../test/kit/real-d1.ts';
import { OpsError } from '../../../contract/errors.ts';
import { ok } from '../../../lib/result.ts';
import { ATTACKED_SCHEMA } from './corpus-attacks.ts';
import { ALL_LAYERS, type Layers, type Param, admit } from './layers.ts';
import { createReadQuery } from './read-query.ts';

const BREAK_OUT = 'SELECT 1) ; DELETE FROM users; SELECT * FROM (SELECT 1';

/** Layers that stop nothing: the text goes to D1 as it came. */
const OPEN: Layers = {
  checkText: ok,
  lex: (sql) => ok({ statement: sql, forParser: sql, parameterCount: 0 }),
  parse: (sql) => ok({ sql }),
  namesIn: () => ok({ tables: new Set(), locals: new Set(), parameterCount: 0 }),
  checkSchema: (names) => ok(names),
  witness: () => ok(1),
  wrap: { guards: [], plainText: (statement) => statement, pageText: (statement) => statement },
  changedNothing: () => true,
};

/** The same query around the statement, but without the parameter that makes workerd refuse a second one. */
const UNBOUND: Layers['wrap'] = {
  guards: [],
  plainText: (statement) => `SELECT * FROM (\n${statement}\n) LIMIT 1`,
  pageText: (statement) => `SELECT NULL AS cells FROM (\n${statement}\n) LIMIT 1`,
};

describe('without one layer', () => {
  let cloud: TestD1;

  // Each test its own: once analyzed, or once it ran a text, a connection does not do so again.
  beforeEach(async () => {
    cloud = await startD1(ATTACKED_SCHEMA);
  });
  afterEach(() => cloud.stop());

  async function codeOf(sql: string, layers: Partial<Layers> = {}): Promise<string> {
    const request = { sql, params: [], limit: 10, offset: 0 };
    try {
      await createReadQuery({ layers })(cloud.db, request, 'db');
      return 'it ran';
    } catch (error) {
      return error instanceof OpsError ? error.code : 'a bare text is no page of ours';
    }
  }
  const isUsersEmpty = async () =>
    (await cloud.db.prepare('SELECT count(*) AS n FROM users').first('n')) === 0;
  const hasAnalyzed = async () =>
    (await cloud.db
      .prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'sqlite_stat1'")
      .first('n')) === 1;

  it('the text rules: our parser reads one name and SQLite another, and a forbidden table is read', async () => {
    const sql = 'SELECT * FROM \uFEFFpragma_optimize';
    expect(await codeOf(sql)).toBe('SQL_ILLEGAL_CHARACTER');
    const { checkText } = OPEN;
    expect(admit(sql, [], { ...ALL_LAYERS, checkText }).ok).toBe(true);
    expect(await codeOf(sql, { checkText, checkSchema: OPEN.checkSchema })).toBe(
      'SQL_GUARD_BREACH',
    );
    expect(await hasAnalyzed()).toBe(true);
  });

  it('the text rules: a text of any length reaches the database', async () => {
    const sql = `SELECT 1 /*${'*'.repeat(20_000)}*/`;
    expect(await codeOf(sql)).toBe('SQL_TOO_LONG');
    expect(await codeOf(sql, { checkText: OPEN.checkText })).toBe('it ran');
  });

  it('the lexer: a break-out reaches the parser; and alone it stops what else deletes', async () => {
    expect(await codeOf(BREAK_OUT)).toBe('SQL_MULTIPLE_STATEMENTS');
    expect(await codeOf(BREAK_OUT, { lex: OPEN.lex })).toBe('SQL_SYNTAX');
    expect(await codeOf(BREAK_OUT, { ...OPEN, wrap: UNBOUND, lex: ALL_LAYERS.lex })).toBe(
      'SQL_MULTIPLE_STATEMENTS',
    );
    expect(await isUsersEmpty()).toBe(false);
    await codeOf(BREAK_OUT, { ...OPEN, wrap: UNBOUND });
    expect(await isUsersEmpty()).toBe(true);
  });

  it('the parser: a change is stopped by the wrap only; and alone it stops what else deletes', async () => {
    const sql = 'WITH a AS (SELECT 1) DELETE FROM users';
    expect(await codeOf(sql)).toBe('SQL_NOT_A_READ');
    const { parse, namesIn } = OPEN;
    expect(admit(sql, [], { ...ALL_LAYERS, parse, namesIn }).ok).toBe(true);
    expect(await codeOf(sql, { parse, namesIn })).toBe('SQL_SYNTAX');
    expect(await codeOf(sql, { ...OPEN, parse: ALL_LAYERS.parse })).toBe('SQL_NOT_A_READ');
    expect(await isUsersEmpty()).toBe(false);
    await codeOf(sql, OPEN);
    expect(await isUsersEmpty()).toBe(true);
  });

  it('the statement rules: a pragma table writes, and only the result check sees it', async () => {
    const sql = 'SELECT * FROM pragma_optimize';
    expect(await codeOf(sql)).toBe('SQL_FORBIDDEN_TABLE');
    expect(await hasAnalyzed()).toBe(false);
    expect(await codeOf(sql, { namesIn: OPEN.namesIn })).toBe('SQL_GUARD_BREACH');
    expect(await hasAnalyzed()).toBe(true);
  });

  it('the schema rules: a view writes through a pragma table, and only the result check sees it', async () => {
    const sql = 'SELECT * FROM "Hidden 3"';
    expect(await codeOf(sql)).toBe('SQL_FORBIDDEN_TABLE');
    expect(await hasAnalyzed()).toBe(false);
    expect(await codeOf(sql, { checkSchema: OPEN.checkSchema })).toBe('SQL_GUARD_BREACH');
    expect(await hasAnalyzed()).toBe(true);
  });

  it('the witness: alone it stops what else deletes', async () => {
    const sql = 'DELETE FROM users';
    expect(await codeOf(sql, { ...OPEN, witness: ALL_LAYERS.witness })).toBe('SQL_NOT_A_READ');
    expect(await isUsersEmpty()).toBe(false);
    await codeOf(sql, OPEN);
    expect(await isUsersEmpty()).toBe(true);
  });

  it('the guard parameter: a break-out deletes already while it is explained', async () => {
    const { lex, parse, namesIn } = OPEN;
    expect(await codeOf(BREAK_OUT, { lex, parse, namesIn })).toBe('SQL_MULTIPLE_STATEMENTS');
    expect(await isUsersEmpty()).toBe(false);
    await codeOf(BREAK_OUT, { lex, parse, namesIn, wrap: UNBOUND });
    expect(await isUsersEmpty()).toBe(true);
  });

  it('the result check: a read that wrote gives out its rows', async () => {
    const { checkSchema, changedNothing } = OPEN;
    expect(await codeOf('SELECT * FROM hidden2', { checkSchema, changedNothing })).toBe('it ran');
    expect(await hasAnalyzed()).toBe(true);
  });
});

describe('params', () => {
  const codeOf = (sql: string, params: readonly Param[]): string => {
    const admitted = admit(sql, params);
    return admitted.ok ? 'passes' : admitted.error.code;
  };

  it('must be as many as the parameters, at most 99, and bindable', () => {
    expect(codeOf('SELECT ?', [1])).toBe('passes');
    expect(codeOf('SELECT ?', [])).toBe('SQL_PARAMETERS');
    expect(codeOf('SELECT ?', [1, 2])).toBe('SQL_PARAMETERS');
    expect(codeOf('SELECT ?', [Number.NaN])).toBe('SQL_PARAMETERS');
    expect(codeOf('SELECT ?', [Number.POSITIVE_INFINITY])).toBe('SQL_PARAMETERS');
    const many = Array.from({ length: 100 }, () => 1);
    expect(codeOf(`SELECT ${many.map(() => '?').join()}`, many)).toBe('SQL_PARAMETERS');
  });
});
