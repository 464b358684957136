// Fourth layer, first half: what the tree of one SELECT may name. No I/O: what a name means in the database is asked
// later (schema-rules.ts). Used for the caller's statement and for the body of every view it reaches.
import { type Result, ok } from '../../../lib/result.ts';
import {
  BOOKKEEPING_TABLES,
  CATALOGUE_TABLES,
  ENGINE_TABLES,
  READABLE_FUNCTIONS,
  READABLE_NODES,
  READABLE_TABLE_FUNCTIONS,
} from './policy.ts';
import { checkRecursion } from './recursion-rule.ts';
import { type Refusal, refuse, sayable } from './refusal.ts';
import { type SyntaxNode, childOf, foldCase, nameOf, nodesOf, textOf } from './syntax-tree.ts';

/** What a statement names, in lower case as SQLite compares names. */
export interface Names {
  readonly tables: ReadonlySet<string>;
  /** Names given by WITH, which stand for no table. */
  readonly locals: ReadonlySet<string>;
  readonly parameterCount: number;
}

export function namesIn(root: object): Result<Names, Refusal> {
  const tables = new Set<string>();
  const locals = new Set<string>();
  let parameterCount = 0;
  for (const node of nodesOf(root)) {
    const refusal = checkNode(node);
    if (refusal) return refusal;
    if (node.type === 'QualifiedName') tables.add(nameOf(childOf(node, 'objName')));
    if (node.type === 'CommonTableExpr') locals.add(nameOf(childOf(node, 'tblName')));
    if (node.type === 'VariableExpr') parameterCount++;
  }
  return ok({ tables, locals, parameterCount });
}

/** Whether a table of this name may be read, as far as the name alone tells. */
export function checkTableName(name: string): Result<never, Refusal> | undefined {
  if (READABLE_TABLE_FUNCTIONS.has(name) || CATALOGUE_TABLES.has(name)) return undefined;
  if (name.startsWith('pragma_')) {
    return refuse('SQL_FORBIDDEN_TABLE', `The pragma table ${sayable(name)} may act when read.`);
  }
  const isInternal =
    name.startsWith('_cf_') || name.startsWith('sqlite_') || ENGINE_TABLES.has(name);
  if (isInternal) {
    return refuse('SQL_FORBIDDEN_TABLE', `The table ${sayable(name)} is internal to the database.`);
  }
  if (BOOKKEEPING_TABLES.has(name)) {
    return refuse('SQL_FORBIDDEN_TABLE', `The table ${sayable(name)} records migrations.`);
  }
  return undefined;
}

function checkNode(node: SyntaxNode): Result<never, Refusal> | undefined {
  if (!READABLE_NODES.has(node.type)) {
    return refuse('SQL_NOT_A_READ', 'The statement holds a part that no read needs.');
  }
  switch (node.type) {
    case 'QualifiedName':
      return checkSchema(node) ?? checkTableName(nameOf(childOf(node, 'objName')));
    case 'CommonTableExpr':
      return checkRecursion(node);
    case 'TableCallSelectTable':
      return checkTableFunction(nameOf(childOf(childOf(node, 'tblName') ?? node, 'objName')));
    case 'InTableExpr':
      return 'args' in node && node.args !== undefined
        ? checkTableFunction(nameOf(childOf(childOf(node, 'rhs') ?? node, 'objName')))
        : undefined;
    case 'FunctionCallExpr':
    case 'FunctionCallStarExpr':
      return checkFunction(foldCase(textOf(childOf(node, 'name'), 'name') ?? ''));
    case 'VariableExpr':
      return textOf(node, 'name') === '?'
        ? undefined
        : refuse('SQL_PARAMETERS', 'Named and numbered parameters are not taken, only plain ?.');
    default:
      return undefined;
  }
}

/** `temp` and attached databases hold nothing of the application's. */
function checkSchema(name: SyntaxNode): Result<never, Refusal> | undefined {
  const schema = childOf(name, 'dbName');
  if (!schema || nameOf(schema) === 'main') return undefined;
  return refuse('SQL_FORBIDDEN_TABLE', 'Only tables of the schema "main" may be read.');
}

function checkTableFunction(name: string): Result<never, Refusal> | undefined {
  if (READABLE_TABLE_FUNCTIONS.has(name)) return undefined;
  return refuse('SQL_FORBIDDEN_TABLE', `The table function ${sayable(name)} may not be called.`);
}

function checkFunction(name: string): Result<never, Refusal> | undefined {
  if (READABLE_FUNCTIONS.has(name)) return undefined;
  return refuse('SQL_FORBIDDEN_FUNCTION', `The function ${sayable(name)} may not be called.`);
}
