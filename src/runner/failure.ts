// What went wrong, in one sentence. Alchemy's errors are causes within causes, and their texts may quote anything: what
// is made here is freed of secrets before it leaves the process.
import { relative } from 'node:path';

import * as Cause from 'effect/Cause';
import { z } from 'zod';

import { Stopped } from './gate.ts';
import { listOf } from './narrow.ts';

const MAX_TEXT = 1_000;

/** The first line of what went wrong, and where in the code. */
export const sentenceOf = (cause: Cause.Cause<unknown>): string => {
  const squashed = Cause.squash(cause);
  return sentenceOfError(squashed instanceof AggregateError ? squashed.errors[0] : squashed).slice(
    0,
    MAX_TEXT,
  );
};

const sentenceOfError = (error: unknown): string => {
  const deletes = failedDeletes(error);
  if (deletes.length > 0)
    return deletes
      .map(({ fqn, cause }) => `${fqn} was not deleted: ${sentenceOf(cause)}`)
      .join('; ');
  const line =
    messageOf(error)
      .split('\n')
      .find((text) => text.trim() !== '') ?? 'unknown failure';
  const place = placeOf(error);
  return place === undefined ? line : `${line} (${place})`;
};

/** Was nothing wrong but that somebody asked to stop? */
export const isOnlyStopped = (cause: Cause.Cause<unknown>): boolean =>
  cause.reasons.length > 0 &&
  cause.reasons.every((reason) => {
    if (Cause.isInterruptReason(reason)) return true;
    const error: unknown = Cause.isFailReason(reason) ? reason.error : reason.defect;
    if (error instanceof Stopped) return true;
    const deletes = failedDeletes(error);
    return deletes.length > 0 && deletes.every((failed) => isOnlyStopped(failed.cause));
  });

const failedDelete = z.object({
  fqn: z.string(),
  cause: z.custom<Cause.Cause<unknown>>(Cause.isCause),
});

/** Alchemy deletes what it can and lists what it could not. */
const failedDeletes = (error: unknown) => {
  const failures: unknown =
    typeof error === 'object' && error !== null && 'failures' in error ? error.failures : [];
  return listOf(failures).flatMap((failure) => {
    const parsed = failedDelete.safeParse(failure);
    return parsed.success ? [parsed.data] : [];
  });
};

const tagged = z.object({ _tag: z.string(), message: z.string().optional() });

/** Says which resource could not be looked at; only its cause says why. */
const unread = z.object({
  _tag: z.literal('DriftResourceError'),
  message: z.string(),
  cause: z.unknown(),
});

const messageOf = (error: unknown): string => {
  const failed = unread.safeParse(error);
  if (failed.success) return `${failed.data.message}: ${messageOf(failed.data.cause)}`;
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  const parsed = tagged.safeParse(error);
  return parsed.success ? (parsed.data.message ?? parsed.data._tag) : String(error);
};

const position = z.object({
  position: z.object({ file: z.string(), line: z.number(), column: z.number() }),
});

/** Where Bun stopped reading, when it is code that it could not read. */
const placeOf = (error: unknown): string | undefined => {
  const parsed = position.safeParse(error);
  if (!parsed.success) return undefined;
  const { file, line, column } = parsed.data.position;
  return `${relative(process.cwd(), file)}:${line}:${column}`;
};
