// What went wrong, in one sentence. Alchemy's errors are causes within causes, and their texts may quote anything: what
// is made here is freed of secrets before it leaves the process.
import { relative } from 'node:path';

import * as Cause from 'effect/Cause';
import { z } from 'zod';

import { fieldsOf, listOf, textOf } from './narrow.ts';
import { Stopped } from './stop-between-resources.ts';

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

/** Says which resource could not be looked at; only its cause says why. */
const unread = z.object({
  _tag: z.literal('DriftResourceError'),
  message: z.string(),
  cause: z.unknown(),
});

/** Of nested errors Alchemy makes texts such as "Error: [object Object]": what they stand for is in the cause. */
const EMPTY = /\[object Object\]/;
const MAX_CAUSES = 5;

const messageOf = (error: unknown, depth = 0): string => {
  const failed = unread.safeParse(error);
  if (failed.success) return `${failed.data.message}: ${messageOf(failed.data.cause, depth)}`;
  const said = ownMessage(error);
  if (said !== undefined && !EMPTY.test(said)) return said;
  const causes = fieldsOf(error);
  const cause = error instanceof Error ? error.cause : (causes['cause'] ?? causes['error']);
  if (cause === undefined || depth >= MAX_CAUSES)
    return said?.replace(EMPTY, 'an unnamed error') ?? 'an unnamed error';
  const inner = messageOf(cause, depth + 1);
  return said === undefined ? inner : said.replace(EMPTY, inner);
};

const ownMessage = (error: unknown): string | undefined => {
  if (typeof error === 'string') return error;
  if (error instanceof Error && error.message === '') return error.name;
  const { message, _tag } = fieldsOf(error instanceof Error ? { message: error.message } : error);
  return textOf(message) ?? textOf(_tag);
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
