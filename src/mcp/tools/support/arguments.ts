// Arguments that several tools share, described with the names the stage declares.
import { z } from 'zod';

import { KIND_NAMES, type OfferedKind, type Stage } from '../../stage/stage.ts';

const MAX_CURSOR_CHARACTERS = 4_096;

/** The name of a declared resource. Any string is let through: the refusal of an unknown one lists the known. */
export const resourceName = (stage: Stage, kind: OfferedKind) => {
  const known = stage.names(kind);
  return z
    .string()
    .min(1)
    .meta({
      description:
        known.length === 0 ? `No ${KIND_NAMES[kind]} is declared.` : `One of: ${known.join(', ')}.`,
      ...(known.length > 0 && { examples: [...known] }),
    });
};

/** The same, and the first declared when left out. */
export const defaultedName = (stage: Stage, kind: OfferedKind) => {
  const [first] = stage.names(kind);
  const named = resourceName(stage, kind);
  return first === undefined
    ? named.optional()
    : named.optional().describe(`${named.description} Default: ${first}.`);
};

export const cursor = z
  .string()
  .min(1)
  .max(MAX_CURSOR_CHARACTERS)
  .optional()
  .describe('nextCursor of the previous page, with the same other arguments.');

export const timestamp = z.string().describe('ISO 8601, UTC.');
