// The code of the last successful deploy of a stage, as hashes. Without it a plan could not say that a local Worker's
// code has changed: Alchemy compares a local Worker's configuration, never its code.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { z } from 'zod';

import { CODE_PROPERTY } from '../../contract/plan.ts';
import type { CodeRecord, FileFacts } from './file-facts.ts';

const recordSchema = z.record(z.string(), z.string());

const fileOf = (root: string, stack: string, stage: string): string =>
  join(
    root,
    '.alchemy',
    'mcp',
    'code',
    encodeURIComponent(stack),
    `${encodeURIComponent(stage)}.json`,
  );

export const deployedCode = (root: string, stack: string, stage: string): CodeRecord => {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(fileOf(root, stack, stage), 'utf8')));
  } catch {
    // Nothing was deployed from here, or by a version that did not record it: then no change is claimed either.
    return {};
  }
};

/** Written whole or not at all. */
export const recordDeployedCode = (
  root: string,
  stack: string,
  stage: string,
  facts: ReadonlyMap<string, FileFacts>,
): void => {
  const file = fileOf(root, stack, stage);
  const hashes = [...facts].flatMap(([id, { after }]) => {
    const hash = after.get(CODE_PROPERTY);
    return hash === undefined ? [] : [[id, hash]];
  });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(hashes)));
  renameSync(`${file}.new`, file);
};

export const forgetDeployedCode = (root: string, stack: string, stage: string): void =>
  rmSync(fileOf(root, stack, stage), { force: true });
