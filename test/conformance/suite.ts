// Runs the official suite as its users do, from its command line, and reads what it wrote. It runs under Bun, so that the
// machine's Node does not matter.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import type { Revision, Status } from './expectations.ts';

const PACKAGE = import.meta.resolve('@modelcontextprotocol/conformance/package.json');
const COMMAND = fileURLToPath(new URL('dist/index.js', PACKAGE));

const STATUSES = ['FAILURE', 'WARNING', 'SKIPPED', 'INFO', 'SUCCESS'] as const;

const checks = z.array(
  z.object({ id: z.string(), status: z.enum(STATUSES), errorMessage: z.string().optional() }),
);

export interface Check {
  readonly id: string;
  readonly status: Status;
  readonly errorMessage?: string | undefined;
}

/** Scenario → its checks. */
export type Results = ReadonlyMap<string, readonly Check[]>;

export const suiteVersion = async (): Promise<string> => (await conformance('--version')).trim();

/** Every scenario there is for a server: of one revision, or of all and of the extensions. */
export const scenariosOf = async (revision?: Revision): Promise<string[]> => {
  const only = revision === undefined ? [] : ['--spec-version', revision];
  const listed = await conformance('list', '--server', ...only);
  return [...listed.matchAll(/^ {2}- (\S+)/gm)].flatMap(([, name]) => name ?? []);
};

/** All its scenarios, or one. */
export const runSuite = async (
  url: string,
  revision: Revision,
  scenario?: string,
): Promise<Results> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    const which = scenario === undefined ? ['--suite', 'all'] : ['--scenario', scenario];
    const how = ['--spec-version', revision, '--output-dir', folder];
    await conformance('server', '--url', url, ...which, ...how);
    return await resultsIn(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Its exit code is no matter: what it says of each check is compared one by one. */
const conformance = async (...words: readonly string[]): Promise<string> => {
  const run = Bun.spawn([process.execPath, COMMAND, ...words], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
  });
  return new Response(run.stdout).text();
};

/** A folder a scenario, named after it and the time. */
const RESULT = /^server-(.+)-\d{4}-\d{2}-\d{2}T[\d-]+Z$/;

const resultsIn = async (folder: string): Promise<Results> => {
  const read = readdirSync(folder).map(async (name) => {
    const scenario = RESULT.exec(name)?.[1];
    if (scenario === undefined) throw new Error(`The suite wrote something new: ${name}`);
    const found = checks.parse(await Bun.file(join(folder, name, 'checks.json')).json());
    return [scenario, found] as const;
  });
  return new Map(await Promise.all(read));
};
