// What a canary has to know to be undone, kept outside its process: a cancelled workflow gets ten seconds, and a step after
// it mends what is left. No secret is in it.
import { z } from 'zod';

import { CliProblem } from '../src/cli/command.ts';
import type { PipelineWorld } from './world.ts';

const recordSchema = z.object({
  stage: z.string(),
  /** Where the server answers, and its script; unknown before a first deploy. */
  url: z.string().optional(),
  worker: z.string().optional(),
  /** The percentage in force before; unknown before a first deploy. */
  before: z.number().optional(),
  /** The version that served before; unknown before a first deploy. */
  version: z.string().optional(),
  /** Did this canary turn the dark launch? */
  isTurned: z.boolean(),
  /** Nothing is left to do: it has succeeded, or has been undone. */
  isOver: z.boolean(),
});

export type CanaryRecord = z.output<typeof recordSchema>;

export const remember = ({ memory }: PipelineWorld, record: CanaryRecord): void =>
  memory.write(`${JSON.stringify(record)}\n`);

/** What an earlier one has left is not this one's to undo. */
export const forget = ({ memory }: PipelineWorld): void => memory.write('');

/** Undefined where no canary has begun. */
export const recall = ({ memory }: PipelineWorld): CanaryRecord | undefined => {
  const text = memory.read();
  if (text === undefined || text === '') return undefined;
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CliProblem(
      'What the canary remembered cannot be read. See what serves: bun mcp rollback --list, bun mcp rollout.',
      { cause },
    );
  }
};
