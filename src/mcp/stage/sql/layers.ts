// The seven layers as one list, in the order a statement meets them, and the way through the four that need no
// database. Each can be replaced by name, so that a test can take one away and show what then gets through.
import { type Result, err, ok } from '../../../lib/result.ts';
import { witness } from './bytecode.ts';
import { type Lexed, lex } from './lexer.ts';
import { parseSelect } from './parse-select.ts';
import type { Refusal } from './refusal.ts';
import { changedNothing } from './result-check.ts';
import { type Schema, checkSchema } from './schema-rules.ts';
import { type Names, namesIn } from './statement-rules.ts';
import { checkText } from './text-rules.ts';
import { GUARD_PARAMETER, type Window, pageText, plainText } from './wrap.ts';

export type Param = string | number | boolean | null;

/** How a statement is put into ours, and what is bound before the caller's own values. */
export interface Wrap {
  readonly guards: readonly number[];
  readonly plainText: (statement: string, window: Window) => string;
  readonly pageText: (statement: string, window: Window, columnCount: number) => string;
}

export interface Layers {
  readonly checkText: (sql: string) => Result<string, Refusal>;
  readonly lex: (sql: string) => Result<Lexed, Refusal>;
  readonly parse: (sql: string) => Result<object, Refusal>;
  readonly namesIn: (tree: object) => Result<Names, Refusal>;
  readonly checkSchema: (names: Names, schema: Schema) => Result<Names, Refusal>;
  readonly witness: (explained: unknown) => Result<number, Refusal>;
  readonly wrap: Wrap;
  readonly changedNothing: (meta: unknown) => boolean;
}

export const ALL_LAYERS: Layers = {
  checkText,
  lex,
  parse: parseSelect,
  namesIn,
  checkSchema,
  witness,
  wrap: { guards: [GUARD_PARAMETER], plainText, pageText },
  changedNothing,
};

/** A statement that may be shown to the database. */
export interface Admitted {
  readonly statement: string;
  readonly names: Names;
}

/** Everything that can be said of a statement without the database. Never throws. */
export function admit(
  sql: string,
  params: readonly Param[],
  layers: Layers = ALL_LAYERS,
): Result<Admitted, Refusal> {
  const text = layers.checkText(sql);
  if (!text.ok) return text;
  const lexed = layers.lex(text.value);
  if (!lexed.ok) return lexed;
  const tree = layers.parse(lexed.value.forParser);
  if (!tree.ok) return tree;
  const names = layers.namesIn(tree.value);
  if (!names.ok) return names;
  const misfit = checkParams(params, lexed.value, names.value);
  if (misfit) return err(misfit);
  return ok({ statement: lexed.value.statement, names: names.value });
}

/** D1 binds at most 100 values, and the first is ours. */
export const MAX_PARAMS = 99;

function checkParams(params: readonly Param[], lexed: Lexed, names: Names): Refusal | undefined {
  const wrong = (message: string): Refusal => ({ code: 'SQL_PARAMETERS', message });
  const wanted = lexed.parameterCount;
  if (wanted !== names.parameterCount) return wrong('The parameters cannot be told from the text.');
  if (params.length > MAX_PARAMS) return wrong(`At most ${MAX_PARAMS} params can be bound.`);
  if (params.length !== wanted) {
    return wrong(`The statement has ${wanted} times ?, and params has ${params.length} values.`);
  }
  // JSON.parse has rounded it already, so the value that was meant is lost.
  const isExact = (param: Param): boolean =>
    typeof param !== 'number' ||
    (Number.isFinite(param) && (!Number.isInteger(param) || Number.isSafeInteger(param)));
  return params.every(isExact)
    ? undefined
    : wrong(
        'A number in params is too large to be exact: send it as text and use CAST(? AS INTEGER).',
      );
}
