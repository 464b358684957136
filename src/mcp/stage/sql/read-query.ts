// The door to D1 for a caller's own SQL: one read, or a refusal. D1 knows no read-only mode and runs every statement of
// a text, so safety is built of seven layers (layers.ts), each believing none of the others. Two round trips: the first
// reads the schema and compiles the statement, and nothing of the caller's has run by then; the second reads the page.
// It refuses to write, to wait for ever, and to answer a number that is not the stored one.
//
// Two things are D1's own: a bound number is always REAL (`? / 2` does not round), and pages are no snapshot.
import type { D1Database, D1DatabaseSession } from '@cloudflare/workers-types';
import { z } from 'zod';

import { OpsError } from '../../../contract/errors.ts';
import { pause } from '../../../lib/pause.ts';
import type { Result } from '../../../lib/result.ts';
import { type Cell, type ColumnType, columnType, readRow } from './cells.ts';
import { columnNames } from './column-names.ts';
import { engineError } from './engine-errors.ts';
import { ALL_LAYERS, type Admitted, type Layers, type Param, admit } from './layers.ts';
import type { Refusal } from './refusal.ts';
import { type Breaker, createBreaker } from './result-check.ts';
import { SCHEMA_QUERY, parseSchema } from './schema-rules.ts';
import { MAX_PAGE_BYTES, type Window } from './wrap.ts';

export const MAX_ROWS = 1000;
export const MAX_OFFSET = 100_000;
const QUERY_TIMEOUT_MS = 10_000;
/** D1 loses its connection when its object moves or its Worker is replaced. A read may be asked again; that is D1's own advice. */
const ASK_AGAIN_AFTER_MS: readonly number[] = [100, 500];

export interface ReadRequest {
  readonly sql: string;
  /** One for each `?`, in order. */
  readonly params: readonly Param[];
  /** 1 to MAX_ROWS. */
  readonly limit: number;
  /** 0 to MAX_OFFSET: 0, or the `nextOffset` of the page before. */
  readonly offset: number;
}

export interface ReadPage {
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  readonly rows: readonly (readonly Cell[])[];
  /** More rows exist behind these. */
  readonly truncated: boolean;
  /** Where the next page starts; absent on the last page, and where paging would pass MAX_OFFSET. */
  readonly nextOffset?: number;
  /** What D1 says it read. */
  readonly rowsRead?: number;
}

/** `database` is the name the caller knows; a breach closes the tool for that name. Throws OpsError and nothing else foreseen. */
export type ReadQuery = (
  db: D1Database,
  request: ReadRequest,
  database: string,
) => Promise<ReadPage>;

interface Options {
  readonly layers?: Partial<Layers>;
  readonly breaker?: Breaker;
  readonly timeoutMs?: number;
}

/** The options are for tests; `readQuery` below is the one to use. */
export function createReadQuery(options: Options = {}): ReadQuery {
  const layers = { ...ALL_LAYERS, ...options.layers };
  const breaker = options.breaker ?? createBreaker();
  return async (db, request, database) => {
    if (breaker.isOpen(database)) throw closed(database);
    checkWindow(request);
    const admitted = orThrow(admit(request.sql, request.params, layers));
    const proveUnchanged = (results: readonly { meta: unknown }[]): void => {
      const changed = results.find(({ meta }) => !layers.changedNothing(meta));
      if (!changed) return;
      breaker.open(database);
      throw breached(database, changed.meta);
    };
    const read = (signal: AbortSignal): Promise<ReadPage> => {
      const session = db.withSession('first-unconstrained');
      return readPage({ layers, session, request, admitted, proveUnchanged }, signal);
    };
    return withinTime(options.timeoutMs ?? QUERY_TIMEOUT_MS, (signal) => asking(read, signal));
  };
}

/** Asks again when the database did not answer: not when it refused, and not when the time is up. */
async function asking(
  read: (signal: AbortSignal) => Promise<ReadPage>,
  signal: AbortSignal,
  [pauseMs, ...later]: readonly number[] = ASK_AGAIN_AFTER_MS,
): Promise<ReadPage> {
  try {
    return await read(signal);
  } catch (error) {
    const isUnanswered = error instanceof OpsError && error.code === 'RESOURCE_FAILED';
    if (pauseMs === undefined || !isUnanswered) throw error;
    await pause(pauseMs);
    signal.throwIfAborted();
    return asking(read, signal, later);
  }
}

export const readQuery: ReadQuery = createReadQuery();

interface Call {
  readonly layers: Layers;
  readonly session: D1DatabaseSession;
  readonly request: ReadRequest;
  readonly admitted: Admitted;
  readonly proveUnchanged: (results: readonly { meta: unknown }[]) => void;
}

async function readPage(call: Call, signal: AbortSignal): Promise<ReadPage> {
  const { layers, request, admitted, proveUnchanged } = call;
  // One row more than asked for tells whether there are more.
  const window: Window = { limit: request.limit + 1, offset: request.offset };
  const columnCount = await compile(call, window);
  signal.throwIfAborted();

  const [page, heading] = await asked(
    Promise.all([
      prepare(call, layers.wrap.pageText(admitted.statement, window, columnCount)).all(),
      // Only raw() tells the names of columns, and only all() tells what changed.
      prepare(call, layers.wrap.plainText(admitted.statement, { limit: 0, offset: 0 })).raw({
        columnNames: true,
      }),
    ]),
  );
  proveUnchanged([page]);
  const names = columnNames(z.array(z.string()).parse(heading[0]), admitted.statement);
  const { rows_read: rowsRead } = z.object({ rows_read: z.number().optional() }).parse(page.meta);
  return {
    ...pageOf(page.results, names, request),
    ...(rowsRead === undefined ? {} : { rowsRead }),
  };
}

/** Everything the database can say of the statement before it runs. Answers the number of its columns. */
async function compile(call: Call, window: Window): Promise<number> {
  const { layers, session, admitted, proveUnchanged } = call;
  const text = layers.wrap.plainText(admitted.statement, window);
  const results = await asked(
    session.batch([session.prepare(SCHEMA_QUERY), prepare(call, `EXPLAIN ${text}`)]),
  );
  proveUnchanged(results);
  orThrow(layers.checkSchema(admitted.names, parseSchema(results[0]?.results)));
  return orThrow(layers.witness(results[1]?.results));
}

const prepare = ({ layers, session, request }: Call, sql: string) =>
  session.prepare(sql).bind(...layers.wrap.guards, ...request.params);

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw engineError(cause);
  }
}

const pageRows = z.array(z.object({ cells: z.string().nullable() }));

function pageOf(results: unknown, names: readonly string[], request: ReadRequest): ReadPage {
  const rows = pageRows.parse(results).map(({ cells }) => cells);
  if (rows[0] === null) {
    throw new OpsError(
      'SQL_ROW_TOO_LARGE',
      `Row ${request.offset + 1} alone is larger than the ${MAX_PAGE_BYTES / 1024} KiB of a page.`,
    );
  }
  const kept = rows
    .filter((cells) => cells !== null)
    .slice(0, request.limit)
    .map(readRow);
  const nextOffset = request.offset + kept.length;
  const truncated = rows.length > kept.length;
  return {
    columns: names.map((name, index) => ({
      name,
      type: columnType(kept.flatMap((row) => row[index] ?? [])),
    })),
    rows: kept.map((row) => row.map(({ value }) => value)),
    truncated,
    ...(truncated && nextOffset <= MAX_OFFSET ? { nextOffset } : {}),
  };
}

function checkWindow({ limit, offset }: ReadRequest): void {
  const isWithin = (value: number, least: number, most: number): boolean =>
    Number.isInteger(value) && value >= least && value <= most;
  if (!isWithin(limit, 1, MAX_ROWS)) {
    throw new OpsError(
      'INVALID_ARGUMENT',
      `The limit must be a whole number from 1 to ${MAX_ROWS}.`,
    );
  }
  if (!isWithin(offset, 0, MAX_OFFSET)) {
    throw new OpsError('INVALID_ARGUMENT', `The offset must be from 0 to ${MAX_OFFSET}.`);
  }
}

/** D1 cannot be told to stop, so at least no second trip is begun, and the caller is told the truth. */
async function withinTime<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new OpsError(
        'RESOURCE_TIMEOUT',
        `The query took longer than ${ms / 1000} s. It cannot be stopped and may still run.`,
      );
      controller.abort(error);
      reject(error);
    }, ms);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}

function orThrow<T>(result: Result<T, Refusal>): T {
  if (result.ok) return result.value;
  throw new OpsError(result.error.code, result.error.message);
}

const closed = (database: string): OpsError =>
  new OpsError('SQL_GUARD_BREACH', `Queries on "${database}" are closed since one changed data.`);

const breached = (database: string, cause: unknown): OpsError =>
  new OpsError('SQL_GUARD_BREACH', `A read on "${database}" changed data. Its rows are withheld.`, {
    cause,
  });
