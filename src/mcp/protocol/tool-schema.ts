// The schemas of a tool as its caller sees them. Arguments are described here but checked in the seam, after scope and
// stage and against the schema of the very stage that is used; so a wrong argument is worded and logged like any refusal.
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { z, type ZodObject } from 'zod';

import { OpsError } from '../../contract/errors.ts';
import { STAGE_NAME } from '../../contract/stage.ts';
import { isRecord } from '../../lib/json.ts';

const MAX_ISSUES = 5;

/** Arguments of a tool, with `stage` added unless the tool declares its own, and nothing else let through. */
export function withStage(input: ZodObject, ownStage: string): ZodObject {
  if ('stage' in input.shape) return input.strict();
  const stage = z
    .string()
    .regex(STAGE_NAME)
    .optional()
    .describe(`Stage to use. Default: ${ownStage}.`);
  return input.safeExtend({ stage }).strict();
}

/** The stage these arguments name, `ownStage` when they name none. */
export function stageNamedIn(args: unknown, ownStage: string): string | undefined {
  if (!isRecord(args) || args['stage'] === undefined) return ownStage;
  const named = args['stage'];
  return typeof named === 'string' && STAGE_NAME.test(named) ? named : undefined;
}

export async function parseArguments(
  tool: string,
  schema: ZodObject,
  args: unknown,
): Promise<Record<string, unknown>> {
  const parsed = await parse(schema, args);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  throw new OpsError('INVALID_ARGUMENT', `${issues.join('; ')}.`, {
    next: `Correct the arguments and call ${tool} again. It takes: ${Object.keys(schema.shape).join(', ')}.`,
  });
}

/** Values nested some thousand levels deep exhaust the stack of whoever walks them. */
async function parse(schema: ZodObject, args: unknown) {
  try {
    return await schema.safeParseAsync(args);
  } catch (cause) {
    throw new OpsError('INVALID_ARGUMENT', 'The arguments are nested too deep.', { cause });
  }
}

/** Describes `schema` to the SDK and accepts everything: whoever runs the tool has checked, or will. */
export function describeOnly(schema: ZodObject): StandardSchemaWithJSON {
  const { jsonSchema } = schema['~standard'];
  return {
    '~standard': {
      version: 1,
      vendor: 'zod',
      validate: (value: unknown) => ({ value }),
      jsonSchema: {
        input: (options) => withoutDialect(jsonSchema.input(options)),
        output: (options) => withoutDialect(jsonSchema.output(options)),
      },
    },
  };
}

/** MCP assumes this dialect; naming it twice in every tool costs each caller several hundred tokens. */
function withoutDialect(described: Record<string, unknown>): Record<string, unknown> {
  const { $schema: _, ...schema } = described;
  return schema;
}
