// How a person names a stage or an operation, on the way to the admin API.
import { operationIdSchema } from '../contract/operation.ts';
import { STAGE_NAME } from '../contract/stage.ts';
import { CliProblem } from './command.ts';

export const operationPath = (word: string | undefined): string => {
  const id = operationIdSchema.safeParse(word);
  if (id.success) return `/admin/operations/${id.data}`;
  throw new CliProblem('Which operation? Give its id; `bun mcp operations` lists them.');
};

export const stageIn = (text: string): string => {
  if (STAGE_NAME.test(text)) return text;
  throw new CliProblem('A stage is lower-case letters, digits and hyphens, such as preview-7.');
};
