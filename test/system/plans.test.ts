// Plans of the real stack by the real Alchemy: what their rows say, what their digest depends on, and that they write
// nothing. A plan costs seconds, so each is looked at from several sides.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { cpSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { type Plan, planSchema } from '../../src/contract/plan.ts';
import { Cloud, touched } from './cloud.ts';
import {
  fingerprintOf,
  withAdditions,
  withLosses,
  withOtherAction,
  withOtherInput,
} from './plans.fixture.ts';
import { SYSTEM_TEST_MS } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

let cloud: Cloud;
/** Of what is in place. */
let base: Plan;
beforeAll(async () => {
  cloud = await Cloud.open();
  await cloud.deploy('prod');
  base = await cloud.plan('prod');
});
afterAll(() => cloud[Symbol.asyncDispose]());

const pathOf = (name: string): string => join(cloud.project.root, name);
const STATE = '.alchemy/state/demo/prod';

const rewrite = (name: string, from: RegExp, to: string): void => {
  const before = readFileSync(pathOf(name), 'utf8');
  const after = before.replaceAll(from, to);
  if (after === before) throw new Error(`Nothing changed in ${name}.`);
  writeFileSync(pathOf(name), after);
};

/** The resources of which two plans think otherwise; `*` is all that belongs to none. */
const between = (one: Plan, other: Plan): string[] =>
  Object.keys({ ...one.fingerprints, ...other.fingerprints })
    .filter((id) => one.fingerprints[id] !== other.fingerprints[id])
    .toSorted();

const rowOf = ({ resources }: Plan, id: string) => resources.find((row) => row.id === id);
const pathsOf = (plan: Plan, id: string) => rowOf(plan, id)?.properties.map(({ path }) => path);

describe('a plan', () => {
  let ofDestroy: Plan;
  let ofNewStage: Plan;

  it('writes nothing: of a deploy, of a destroy, or of a stage there has never been', async () => {
    const before = fingerprintOf(cloud.project.root);
    ofDestroy = await cloud.plan('prod', 'destroy_plan');
    ofNewStage = await cloud.plan('never-seen');
    expect(fingerprintOf(cloud.project.root)).toEqual(before);
    for (const plan of [ofDestroy, ofNewStage])
      expect(planSchema.safeParse(plan).success).toBe(true);
  });

  it('of what is in place changes nothing', () => {
    expect(touched(base)).toEqual([]);
  });

  it('has another digest for another stage, and for another operation', () => {
    expect(new Set([base, ofDestroy, ofNewStage].map(({ digest }) => digest)).size).toBe(3);
  });

  it('of a destroy lists every resource that holds something, with nulls where nobody could count', () => {
    const { losses, resources } = ofDestroy;
    const STATELESS = ['demo-jobs-consumer'];
    expect([...losses.map(({ id }) => id), ...STATELESS].toSorted()).toEqual(
      resources.map(({ id }) => id).toSorted(),
    );
  });

  it('has another digest when the state is another: a row, its status, what it says, the outputs', async () => {
    const kept = pathOf('.alchemy/state-kept');
    cpSync(pathOf(STATE), kept, { recursive: true });
    rmSync(pathOf(`${STATE}/demo-storage.json`));
    rewrite(`${STATE}/demo-db.json`, /"created"/g, '"updated"');
    rewrite(
      `${STATE}/demo-cache.json`,
      /"supportsUrlEncoding": *true/g,
      '"supportsUrlEncoding":false',
    );
    rewrite(`${STATE}/__stack_output__.json`, /"mcp"/g, '"other"');
    const plan = await cloud.plan('prod');
    rmSync(pathOf(STATE), { recursive: true });
    cpSync(kept, pathOf(STATE), { recursive: true });
    rmSync(kept, { recursive: true });
    const changed = between(base, plan);
    expect(changed).toEqual(expect.arrayContaining(['*', 'demo-cache', 'demo-db', 'demo-storage']));
    // What nothing of it touches stays as it was.
    expect(changed).not.toContain('demo-jobs');
    expect(plan.digest).not.toBe(base.digest);
  });
});

describe('a plan after one edit upon another', () => {
  const MIGRATIONS = ['0003_more.sql', 'nested/0004_more.sql'];
  const plans: Plan[] = [];
  const planned = (at: number): Plan => {
    const plan = plans[at];
    if (plan === undefined) throw new Error(`There is no plan ${at}.`);
    return plan;
  };

  beforeAll(async () => {
    const { root } = cloud.project;
    const outside = join(dirname(root), `outside ${basename(root)}.ts`);
    const worker = (says: string) =>
      writeFileSync(outside, `export default { fetch: () => new Response('${says}') };\n`);
    const files = MIGRATIONS.map((name) => pathOf(`demo/migrations/${name}`));
    const undo: (() => void)[] = [() => rmSync(outside)];
    const plan = async (...edits: (() => void)[]) => {
      undo.push(...edits);
      plans.push(await cloud.plan('prod'));
    };
    const edit = (file: string, change: (text: string) => string) =>
      cloud.project.edit(file, change);
    try {
      worker('a');
      for (const file of files) {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, 'CREATE TABLE more (id TEXT);\n');
        undo.push(() => rmSync(file));
      }
      await plan(edit('alchemy.run.ts', withAdditions(`../${basename(outside)}`)));
      worker('b');
      await plan(edit('demo/seed.ts', (text) => `${text} `));
      await plan(edit('alchemy.run.ts', withOtherAction));
      await plan(edit('alchemy.run.ts', withOtherInput));
    } finally {
      for (const take of undo.toReversed()) take();
    }
  });

  it('has another digest each time', () => {
    expect(new Set([base, ...plans].map(({ digest }) => digest)).size).toBe(5);
  });

  it('says so after a change of a title, and that what hangs on it is updated because of it', () => {
    expect(touched(planned(0))).toContain('update demo-cache');
    expect(pathsOf(planned(0), 'demo-cache')).toContain('title');
    expect(rowOf(planned(0), 'demo-app')).toMatchObject({
      action: 'update',
      properties: [{ path: '(dependency)', to: expect.stringContaining('demo-cache') }],
    });
  });

  it('names each new migration, in whatever folder', () => {
    expect(rowOf(planned(0), 'demo-db')).toMatchObject({
      action: 'update',
      properties: MIGRATIONS.map((name) => ({
        path: `migrationsHashes.${name}`,
        from: null,
        to: expect.any(String),
      })),
    });
    expect(between(base, planned(0))).toContain('demo-db');
  });

  it('says so after a change of a byte of code, also where its path is unusual or leads out of the project', () => {
    expect(pathsOf(planned(1), 'demo-app')).toContain('code');
    // And of nothing else: an action that is still the same is no other.
    expect(between(planned(0), planned(1))).toEqual(['away', 'demo-app']);
  });

  it('says so after a change of an environment variable, and of a binding', () => {
    expect(pathsOf(planned(2), 'demo-app')).toContain('env.LEVEL');
    expect(between(planned(1), planned(2))).toEqual(['*', 'demo-app']);
    expect(pathsOf(planned(3), 'demo-app')).toContain('env.CACHE2');
    expect(between(planned(2), planned(3))).toEqual(['*', 'demo-app']);
  });

  it('runs an action, and is another when that would do something else, or with something else', () => {
    for (const plan of plans) expect(rowOf(plan, 'Seed')?.action).toBe('run');
    expect(between(planned(1), planned(2))).toContain('*');
    expect(between(planned(2), planned(3))).toContain('*');
  });
});

describe('a plan', () => {
  it('warns of what it deletes, of a class that goes, and of what would be gone', async () => {
    const plan = await cloud.edited('alchemy.run.ts', withLosses, () => cloud.plan('prod'));
    expect(touched(plan)).toContain('delete demo-storage');
    expect(plan.warnings).toContainEqual(
      expect.objectContaining({ code: 'DELETED', id: 'demo-storage' }),
    );
    expect(plan.losses.map(({ id }) => id)).toContain('demo-storage');
    expect(plan.warnings).toContainEqual(
      expect.objectContaining({ code: 'CLASS_DATA_LOST', id: 'demo-app' }),
    );
    expect(plan.losses).toContainEqual(
      expect.objectContaining({
        id: 'demo-app',
        isComplete: true,
        // The instance that health probes ask is none of the application's.
        detail: 'Durable Object class ChatDO: 0',
      }),
    );
  });

  const UNTOLD = 'xyzzy-0451-plugh2';

  it('has one digest in every process, whatever the files’ times, the environment’s order and the Workers’ ports', async () => {
    const now = new Date();
    for (const name of ['demo/worker.ts', 'alchemy.run.ts']) utimesSync(pathOf(name), now, now);
    const rows = [`${STATE}/demo-app.json`, `${STATE}/__stack_output__.json`];
    const kept = rows.map((name) => readFileSync(pathOf(name), 'utf8'));
    // The rows of those that are bound to it keep the address that it had when they were written.
    for (const name of rows) rewrite(name, /localhost:13\d\d(?!\d)/g, 'localhost:1399');
    await cloud.reopen({ ANOTHER: 'variable', TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', UNTOLD });
    // No Worker is served now, and each may get another's port when it is.
    const afterRestart = await cloud.plan('prod');
    for (const [at, name] of rows.entries()) writeFileSync(pathOf(name), kept[at] ?? '');
    expect(touched(afterRestart)).toEqual([]);
    expect(afterRestart.digest).toBe(base.digest);
    await cloud.deploy('prod');
    const afterDeploy = await cloud.plan('prod');
    expect(afterDeploy.fingerprints).toEqual(base.fingerprints);
    expect(afterDeploy.digest).toBe(base.digest);
  });

  it('fails with one sentence when the stack cannot be read, and quotes no secret, no value of .env, and none that only the state has', async () => {
    const value = 'xyzzy-0451-plugh';
    const state = pathOf(`${STATE}/demo-app.json`);
    const row = readFileSync(state, 'utf8');
    writeFileSync(pathOf('.env'), `UNTOLD=${UNTOLD}\n`);
    const hidden = `"props": { "hidden": { "__redacted__": "${value}" },`;
    rewrite(`${STATE}/demo-app.json`, /"props": \{/g, hidden);
    const broken = (text: string) =>
      `${text}\nthrow new Error(['no ${value}', process.env.UNTOLD, process.env.MCP_SHARED_SECRET].join(', nor '));`;
    const { outcome } = await cloud.edited('alchemy.run.ts', broken, () =>
      cloud.run('deploy_plan', 'prod'),
    );
    writeFileSync(state, row);
    rmSync(pathOf('.env'));
    expect(outcome).toEqual({
      status: 'failed',
      message: expect.stringContaining('no (secret), nor (secret), nor (secret)'),
    });
  });

  it('never shows a secret, and has another digest when one changes', async () => {
    const secret = 'another-shared-secret-9f2c7b1e4d8a6035';
    await cloud.reopen({ MCP_SHARED_SECRET: secret });
    const after = await cloud.plan('prod');
    expect(after.digest).not.toBe(base.digest);
    expect(rowOf(after, 'mcp-server')?.properties).toEqual([
      { path: 'env.MCP_SHARED_SECRET', from: '(secret)', to: '(secret)' },
    ]);
    const { env } = cloud;
    for (const text of [secret, env['MCP_SHARED_SECRET'], env['MCP_JWT_SECRET']])
      expect(JSON.stringify(after)).not.toContain(text ?? '');
  });
});
