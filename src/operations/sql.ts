// As much of a Durable Object's SQLite as the engine uses: a test drives the same code with SQLite of its own.

export type SqlValue = ArrayBuffer | string | number | null;
export type SqlRow = Record<string, SqlValue>;

export interface Sql {
  exec(query: string, ...bindings: SqlValue[]): { toArray(): SqlRow[] };
}

export const first = (sql: Sql, query: string, ...bindings: SqlValue[]): SqlRow | undefined =>
  sql.exec(query, ...bindings).toArray()[0];

/** The one number a query answers with; 0 where it answers with nothing. */
export const numberOf = (sql: Sql, query: string, ...bindings: SqlValue[]): number => {
  const [value] = Object.values(first(sql, query, ...bindings) ?? {});
  return typeof value === 'number' ? value : 0;
};

/** A column of text; empty where it holds anything else. */
export const textOf = (value: SqlValue | undefined): string =>
  typeof value === 'string' ? value : '';
