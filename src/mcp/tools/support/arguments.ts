// Arguments that several tools share, described with the names the stage declares.
import { z } from 'zod';

import { IDEMPOTENCY_KEY, PLAN_ID } from '../../../contract/operation.ts';
import { STAGE_NAME } from '../../../contract/stage.ts';
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

/** Of a tool that must be told: what is changed by mistake is not changed back. */
export const requiredStage = z.string().regex(STAGE_NAME).describe('Stage to use.');

export const planId = z
  .string()
  .regex(PLAN_ID, 'not a planId')
  .optional()
  .describe('The reviewed plan to keep to.');

export const idempotencyKey = z
  .string()
  .regex(IDEMPOTENCY_KEY, '1 to 200 visible ASCII characters')
  .optional()
  .describe('The same key with the same arguments is the same operation.');

/** Any string is let through: what is no id is an unknown operation. */
export const operationId = z.string();
