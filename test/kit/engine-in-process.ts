// The engine over SQLite in this process: thousands of schedules in a second. Test support only.
import { Database } from 'bun:sqlite';

import { EngineState } from '../../src/operations/engine-state.ts';
import { Engine } from '../../src/operations/engine.ts';
import type { Sql, SqlRow, SqlValue } from '../../src/operations/sql.ts';

/** bun:sqlite as a Durable Object's SQLite looks. */
const sqlOf = (database: Database): Sql => ({
  exec: (query: string, ...bindings: SqlValue[]) => {
    const values = bindings.map((value) =>
      value instanceof ArrayBuffer ? new Uint8Array(value) : value,
    );
    const rows = database
      .query<SqlRow, (string | number | null | Uint8Array)[]>(query)
      .all(...values);
    return { toArray: () => rows };
  },
});

export interface EngineUnderTest {
  readonly database: Database;
  readonly sql: Sql;
  /** As the Durable Object does: what throws has changed nothing. */
  readonly run: <T>(work: (engine: Engine) => T) => T;
}

export const newEngine = (stage = 'prod', isProtected = false): EngineUnderTest => {
  const database = new Database(':memory:');
  const sql = sqlOf(database);
  EngineState.createTables(sql);
  let ids = 0;
  const newId = (): string => (ids++).toString(16).padStart(32, '0');
  return {
    database,
    sql,
    run: (work) => {
      // A new one each time: nothing may be kept in memory.
      const engine = new Engine({ sql, stage, isHub: stage === 'prod', isProtected, newId });
      return database.transaction(() => work(engine))();
    },
  };
};

/** A line of a journal. */
export const DEED = {
  type: 'ended',
  operationId: `prod.${'0'.repeat(32)}`,
  kind: 'deploy',
  requester: { client: 'alice', subject: 'alice@example.com' },
  tool: 'deploy_infrastructure',
  argumentsHash: 'a'.repeat(64),
  digest: null,
  approver: null,
  fence: 1,
  outcome: 'succeeded',
} as const;
