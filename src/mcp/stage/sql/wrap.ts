// Sixth layer: the text that really runs. The statement stands inside a query of ours, so by SQLite's grammar it can be
// nothing but a SELECT, and beside it stands one bound parameter of ours: workerd refuses parameters in a text of more
// than one statement before it runs any of them, so a second statement cannot hide. The rows leave it already cut to
// the limits, each as one JSON text, so a huge answer is never built.
//
// Order: the statement's ORDER BY holds because SQLite keeps the order of a subquery whose reader has no order of its
// own, and every reader here streams (no join, no sort, an unordered window). Nothing is MATERIALIZED: a stored copy of
// 1,001 rows of 1 MB ended workerd. Each LIMIT also keeps SQLite from merging the levels, so random() is asked once.

/** The data of one page, counted as the JSON texts of its rows. */
export const MAX_PAGE_BYTES = 256 * 1024;
/** Of a BLOB only so much is shown; its size is always told. */
export const BLOB_PREVIEW_BYTES = 4096;

/** Bound first in every text below. Its value means nothing, that it is there does. */
export const GUARD_PARAMETER = 1;
const GUARD = `"mcp:guard"(k) AS (SELECT ?1)`;

export interface Window {
  readonly limit: number;
  readonly offset: number;
}

/** The statement itself, cut to the window: what is explained. With no rows, what tells the names of its columns. */
export const plainText = (statement: string, window: Window): string =>
  `WITH ${GUARD} ${inside(statement, window)}`;

/** The same, with each row as one text `cells` that is null where the page has no room left. */
export function pageText(statement: string, window: Window, columnCount: number): string {
  const columns = Array.from({ length: columnCount }, (_, index) => `c${index}`);
  const row = `'['||${joined(columns.map(encoded), "||','||")}||']'`;
  return `WITH ${GUARD},
"mcp:page"(${columns.join()}) AS (${inside(statement, window)}),
"mcp:rows"(cells) AS (SELECT CASE WHEN ${joined(columns.map(size), '+')}<=${MAX_PAGE_BYTES}
 THEN ${row} END FROM "mcp:page" LIMIT -1),
"mcp:sizes"(cells, size, total) AS (SELECT cells, ${ROW_SIZE},
 sum(${ROW_SIZE}) OVER (ROWS UNBOUNDED PRECEDING) FROM "mcp:rows")
SELECT CASE WHEN total<=${MAX_PAGE_BYTES} THEN cells END AS cells FROM "mcp:sizes"
WHERE total-size<=${MAX_PAGE_BYTES}`;
}

/** A new line closes a `--` comment at the statement's end. */
const inside = (statement: string, { limit, offset }: Window): string =>
  `SELECT * FROM (\n${statement}\n) LIMIT ${limit} OFFSET ${offset}`;

const ROW_SIZE = `ifnull(octet_length(cells), ${MAX_PAGE_BYTES + 1})`;

/** At least what the cell takes in the row, without making it. */
const size = (column: string): string =>
  `CASE typeof(${column}) WHEN 'blob' THEN 2*min(octet_length(${column}), ${BLOB_PREVIEW_BYTES})` +
  ` ELSE ifnull(octet_length(${column}), 1) END`;

/** One letter for the type, then the value as text: D1 would round big integers and lose infinities. */
const encoded = (column: string): string =>
  `json_quote(CASE typeof(${column}) WHEN 'text' THEN 't'||${column}` +
  ` WHEN 'integer' THEN 'i'||${column} WHEN 'real' THEN 'r'||printf('%!.17g', ${column})` +
  ` WHEN 'blob' THEN 'b'||octet_length(${column})||':'||hex(substr(${column}, 1, ${BLOB_PREVIEW_BYTES}))` +
  ` ELSE 'n' END)`;

/** As a balanced tree: SQLite allows no expression deeper than 100, and there may be 100 columns. */
function joined(parts: readonly string[], operator: string): string {
  if (parts.length <= 1) return parts.join('');
  const half = parts.length >> 1;
  return `(${joined(parts.slice(0, half), operator)}${operator}${joined(parts.slice(half), operator)})`;
}
