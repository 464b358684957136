// The differential test is worth what it would notice. Here each gate of the fast path is switched off, one at a time, in
// a copy built for it; random requests must then tell the copy from the SDK.
import { afterAll, describe, expect, it } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';

import { canonical, requests } from './differential.fixture.ts';
import { DOUBLED, type Edit, GATES } from './gates.fixture.ts';
import type * as kitModule from './kit.fixture.ts';
import { createKit, type Kit } from './kit.fixture.ts';
import { RAW_TOOLS } from './raw-tools.fixture.ts';

const MOST_RUNS = 10_000;
/** What no request shows is not looked for as long. */
const FEWER_RUNS = 500;
/** Fixed: a gate that is noticed today is noticed tomorrow. */
const SEED = 20_261_122;

const here = (name: string): string => new URL(name, import.meta.url).pathname;
/** In the tree, where a copy finds the packages that it shares with everybody. */
const CACHE = here('../../../.cache');
mkdirSync(CACHE, { recursive: true });
const folder = mkdtempSync(join(CACHE, 'gates-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The kit over a copy of the endpoint without these. */
const without = async (edits: readonly Edit[]): Promise<Kit> => {
  const sources = new Map<string, string>();
  for (const { file, standing, gone } of edits) {
    const path = here(`${file}.ts`);
    const source = sources.get(path) ?? (await Bun.file(path).text());
    if (source.split(standing).length !== 2) throw new Error(`Not once in ${file}.ts: ${standing}`);
    sources.set(
      path,
      source.replace(standing, () => gone),
    );
  }
  const built = await Bun.build({
    entrypoints: [here('kit.fixture.ts')],
    target: 'bun',
    packages: 'external',
    plugins: [
      {
        name: 'gone',
        setup: (build) => {
          build.onLoad({ filter: /\/protocol\/[\w-]+\.ts$/ }, async ({ path }) => ({
            contents: sources.get(path) ?? (await Bun.file(path).text()),
            loader: 'ts',
          }));
        },
      },
    ],
  });
  const [script] = built.outputs;
  if (!built.success || script === undefined) throw new AggregateError(built.logs);
  const copy = join(folder, `${Bun.hash(JSON.stringify(edits))}.js`);
  await Bun.write(copy, script);
  const module: typeof kitModule = await import(copy);
  return module.createKit({ moreTools: RAW_TOOLS });
};

const sdk = createKit({ moreTools: RAW_TOOLS, fast: false });
/** The SDK's answers to the requests of the seed, which are the same for every copy. */
const answers: string[] = [];

/** How many requests it takes to tell the copy from the SDK, if they suffice. */
const noticedAfter = async (copy: Kit, numRuns: number): Promise<number | undefined> => {
  let at = 0;
  const isSame = fc.asyncProperty(requests, fc.nat(1), async (sent, who) => {
    const expected = (answers[at] ??= await canonical(sdk, sent, who));
    at += 1;
    return (await canonical(copy, sent, who)) === expected;
  });
  const run = await fc.check(isSame, { numRuns, seed: SEED, endOnFailure: true });
  return run.failed ? run.numRuns : undefined;
};

describe('the differential test notices when the fast path does not look at', () => {
  it.each(Object.entries(GATES))(
    '%s',
    async (_, edits) => {
      expect(await noticedAfter(await without(edits), MOST_RUNS)).toBeDefined();
    },
    60_000,
  );
});

describe('nobody notices alone', () => {
  it.each(Object.entries(DOUBLED))('%s', async (_, edits) => {
    expect(await noticedAfter(await without(edits), FEWER_RUNS)).toBeUndefined();
  });
});
