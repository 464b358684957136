// Fourth layer, second half: what the names of a statement stand for in this database. A view can hide any statement
// rule behind a harmless name, and SQLite runs it while its bytecode still looks read-only (`SELECT * FROM
// pragma_optimize` writes), so every view is opened, however deep. A name nobody declared is a table of the engine.
import { z } from 'zod';

import { type Result, err, ok } from '../../../lib/result.ts';
import { parseStored } from './parse-select.ts';
import { CATALOGUE_TABLES, READABLE_MODULES, READABLE_TABLE_FUNCTIONS } from './policy.ts';
import { type Refusal, refuse, sayable } from './refusal.ts';
import { type Names, checkTableName, namesIn } from './statement-rules.ts';
import { foldCase } from './syntax-tree.ts';

export const MAX_VIEW_DEPTH = 8;

/** The texts of views and virtual tables; of plain tables the names are enough. */
export const SCHEMA_QUERY = `SELECT name, type, CASE WHEN type = 'view' OR rootpage = 0 THEN sql END AS sql
FROM sqlite_schema WHERE type IN ('table', 'view')`;

const schemaRows = z.array(
  z.object({ name: z.string(), type: z.enum(['table', 'view']), sql: z.string().nullable() }),
);

/** Lower-case name to what was declared. */
export type Schema = ReadonlyMap<string, z.output<typeof schemaRows>[number]>;

export const parseSchema = (rows: unknown): Schema =>
  new Map(schemaRows.parse(rows).map((row) => [foldCase(row.name), row]));

/** May everything that `names` reaches in this database be read? */
export function checkSchema(names: Names, schema: Schema): Result<Names, Refusal> {
  const shadows = shadowTables(schema);
  const seen = new Set<string>();
  let level: readonly string[] = [...names.tables].filter((name) => !isLocal(name, names, schema));
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_VIEW_DEPTH) {
      return refuse('SQL_FORBIDDEN_TABLE', `Views are nested more than ${MAX_VIEW_DEPTH} deep.`);
    }
    const below: string[] = [];
    for (const name of level) {
      if (seen.has(name)) continue;
      seen.add(name);
      const reached = openTable(name, schema, shadows);
      if (!reached.ok) return reached;
      below.push(...reached.value);
    }
    level = below;
  }
  return ok(names);
}

/** A WITH name hides a table only inside its WITH; so if such a table exists, it is checked all the same. */
const isLocal = (name: string, names: Names, schema: Schema): boolean =>
  names.locals.has(name) && !schema.has(name);

/** The further tables that reading this one reads. */
function openTable(
  name: string,
  schema: Schema,
  shadows: ReadonlySet<string>,
): Result<readonly string[], Refusal> {
  const refusal = checkTableName(name);
  if (refusal) return refusal;
  if (READABLE_TABLE_FUNCTIONS.has(name) || CATALOGUE_TABLES.has(name)) return ok([]);
  if (shadows.has(name)) {
    return refuse('SQL_FORBIDDEN_TABLE', `The table ${sayable(name)} is the inside of an index.`);
  }
  const declared = schema.get(name);
  if (!declared) {
    return refuse('SQL_FORBIDDEN_TABLE', `The table ${sayable(name)} is not the application's.`);
  }
  if (declared.sql === null) return ok([]);
  return declared.type === 'view'
    ? openView(name, declared.sql, schema)
    : openVirtualTable(name, declared.sql);
}

function openView(name: string, sql: string, schema: Schema): Result<readonly string[], Refusal> {
  const view = parseStored(sql, 'CreateViewStmt');
  if (!view)
    return refuse('SQL_FORBIDDEN_TABLE', `The view ${sayable(name)} cannot be understood.`);
  const inside = namesIn(view.select);
  if (!inside.ok) {
    const { code, message } = inside.error;
    return err({ code, message: `The view ${sayable(name)} may not be read. ${message}` });
  }
  return ok([...inside.value.tables].filter((table) => !isLocal(table, inside.value, schema)));
}

/** A full-text table may keep its text in another table, or a view: reading the one reads the other. */
function openVirtualTable(name: string, sql: string): Result<readonly string[], Refusal> {
  const table = parseStored(sql, 'CreateVirtualTableStmt');
  if (!table || !READABLE_MODULES.has(foldCase(table.moduleName.text))) {
    return refuse('SQL_FORBIDDEN_TABLE', `The table ${sayable(name)} is of an unknown kind.`);
  }
  const content = (table.args ?? []).map((argument) => {
    const [, target = ''] = /^\s*content\s*=\s*(.*?)\s*$/is.exec(argument) ?? [];
    return foldCase(target.replace(/^["'`[]|["'`\]]$/g, ''));
  });
  return ok(content.filter((target) => target !== ''));
}

/** The tables in which virtual tables keep their own pages. */
function shadowTables(schema: Schema): ReadonlySet<string> {
  const shadows = new Set<string>();
  for (const [name, { type, sql }] of schema) {
    if (type !== 'table' || sql === null) continue;
    const module = parseStored(sql, 'CreateVirtualTableStmt')?.moduleName.text ?? '';
    const parts = READABLE_MODULES.get(foldCase(module)) ?? [];
    for (const part of parts) shadows.add(`${name}_${part}`);
  }
  return shadows;
}
