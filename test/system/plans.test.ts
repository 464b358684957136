// Plans of the real stack by the real Alchemy: what their rows say, what their digest depends on, and that they write
// nothing.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { cpSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { type Plan, planSchema } from '../../src/contract/plan.ts';
import { Cloud, touched } from './cloud.ts';
import { CHANGES, fingerprintOf } from './plans.fixture.ts';
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

describe('a plan', () => {
  it('writes nothing: of a deploy, of a destroy, or of a stage there has never been', async () => {
    const before = fingerprintOf(cloud.project.root);
    const plans = [await cloud.plan('prod', 'destroy_plan'), await cloud.plan('never-seen')];
    expect(fingerprintOf(cloud.project.root)).toEqual(before);
    for (const plan of plans) expect(planSchema.safeParse(plan).success).toBe(true);
  });

  it('of what is in place changes nothing', () => {
    expect(touched(base)).toEqual([]);
  });

  it('has one digest in every process, whatever the files’ times and the environment’s order', async () => {
    const { digest } = base;
    const now = new Date();
    for (const name of ['demo/worker.ts', 'alchemy.run.ts']) utimesSync(pathOf(name), now, now);
    expect((await cloud.plan('prod')).digest).toBe(digest);
    await cloud.reopen({ ANOTHER: 'variable', TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8' });
    // No Worker is served now, and each may get another's port when it is.
    const afterRestart = await cloud.plan('prod');
    expect(touched(afterRestart)).toEqual([]);
    expect(afterRestart.digest).toBe(digest);
    await cloud.deploy('prod');
    const afterDeploy = await cloud.plan('prod');
    expect(afterDeploy.fingerprints).toEqual(base.fingerprints);
    expect(afterDeploy.digest).toBe(digest);
  });

  it('has the same digest when Workers have swapped their ports', async () => {
    const { digest } = base;
    const state = pathOf('.alchemy/state/demo/prod');
    // The rows of those that are bound to it keep the address that it had when they were written.
    const rewrite = (from: RegExp, to: string) => {
      for (const name of ['demo-app.json', '__stack_output__.json'])
        writeFileSync(
          join(state, name),
          readFileSync(join(state, name), 'utf8').replaceAll(from, to),
        );
    };
    const url = /localhost:13\d\d(?!\d)/.exec(readFileSync(join(state, 'demo-app.json'), 'utf8'));
    rewrite(/localhost:13\d\d(?!\d)/g, 'localhost:1399');
    expect((await cloud.plan('prod')).digest).toBe(digest);
    rewrite(/localhost:1399/g, url?.[0] ?? '');
  });

  it.each(Object.entries(CHANGES))(
    'says so, with another digest, after a change of %s',
    async (_, { file, edit, row, path }) => {
      const before = base;
      const after = await cloud.edited(file, edit, () => cloud.plan('prod'));
      expect(touched(after)).toContain(row);
      const changed = after.resources.find(({ id }) => row.endsWith(id));
      expect(changed?.properties.map((property) => property.path)).toContain(path);
      expect(after.digest).not.toBe(before.digest);
      expect(after.fingerprints[changed?.id ?? '']).not.toBe(
        before.fingerprints[changed?.id ?? ''],
      );
      expect((await cloud.plan('prod')).digest).toBe(before.digest);
    },
  );

  it('says that what hangs on a change is updated because of it', async () => {
    const { edit } = CHANGES['a title'];
    const plan = await cloud.edited('alchemy.run.ts', edit, () => cloud.plan('prod'));
    const app = plan.resources.find(({ id }) => id === 'demo-app');
    expect(app).toMatchObject({
      action: 'update',
      properties: [{ path: '(dependency)', to: 'because a dependency changes: demo-cache' }],
    });
  });

  it.each(['0003_more.sql', 'nested/0004_more.sql'])(
    'names the new migration %s, and has another digest',
    async (name) => {
      const file = pathOf(`demo/migrations/${name}`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, 'CREATE TABLE more (id TEXT);\n');
      const after = await cloud.plan('prod');
      rmSync(file);
      expect(after.resources.find(({ id }) => id === 'demo-db')).toMatchObject({
        action: 'update',
        properties: [{ path: `migrationsHashes.${name}`, from: null, to: expect.any(String) }],
      });
      expect(after.digest).not.toBe(base.digest);
    },
  );

  it('has another digest when an action would do something else, or with something else', async () => {
    const withAction = (body: string, given: string) => (text: string) =>
      text.replace(
        'return { mcp: mcp.url',
        `yield* Alchemy.Action('Seed', Effect.fn(function* (input: { table: string }) { ${body}; return input; }))({ table: '${given}' });\n    return { mcp: mcp.url`,
      );
    const plan = (body: string, given: string) =>
      cloud.edited('alchemy.run.ts', withAction(body, given), () => cloud.plan('prod'));
    const first = await plan('yield* Effect.void', 'one');
    expect(first.resources.find(({ id }) => id === 'Seed')?.action).toBe('run');
    expect((await plan('yield* Effect.void', 'one')).digest).toBe(first.digest);
    expect((await plan('yield* Effect.succeed(1)', 'one')).digest).not.toBe(first.digest);
    expect((await plan('yield* Effect.void', 'two')).digest).not.toBe(first.digest);
  });

  it('has another digest after a change of code whose path is unusual, or leads out of the project', async () => {
    const outside = join(dirname(cloud.project.root), `outside ${basename(cloud.project.root)}.ts`);
    writeFileSync(outside, "export default { fetch: () => new Response('a') };\n");
    const withWorker = (text: string) =>
      text.replace(
        'return { mcp: mcp.url',
        `yield* Cloudflare.Worker('away', { main: '../${basename(outside)}' });\n    return { mcp: mcp.url`,
      );
    try {
      const plan = () => cloud.edited('alchemy.run.ts', withWorker, () => cloud.plan('prod'));
      const first = await plan();
      writeFileSync(outside, "export default { fetch: () => new Response('b') };\n");
      expect((await plan()).digest).not.toBe(first.digest);
    } finally {
      rmSync(outside);
    }
  });

  it('has another digest for another stage, another operation, and every edit of the state', async () => {
    const { digest } = base;
    const others = [
      (await cloud.plan('prod', 'destroy_plan')).digest,
      (await cloud.plan('other-stage')).digest,
    ];
    const state = pathOf('.alchemy/state/demo/prod');
    const kept = pathOf('.alchemy/state-kept');
    const withState = async (edit: () => void) => {
      cpSync(state, kept, { recursive: true });
      edit();
      others.push((await cloud.plan('prod')).digest);
      rmSync(state, { recursive: true });
      cpSync(kept, state, { recursive: true });
      rmSync(kept, { recursive: true });
    };
    const rewrite = (name: string, from: RegExp, to: string) => () =>
      writeFileSync(join(state, name), readFileSync(join(state, name), 'utf8').replace(from, to));
    await withState(() => rmSync(join(state, 'demo-cache.json')));
    await withState(rewrite('demo-cache.json', /"created"/, '"updated"'));
    await withState(
      rewrite('demo-cache.json', /"supportsUrlEncoding": *true/, '"supportsUrlEncoding":false'),
    );
    await withState(rewrite('__stack_output__.json', /"mcp"/, '"other"'));
    expect(new Set([digest, ...others]).size).toBe(others.length + 1);
    expect((await cloud.plan('prod')).digest).toBe(digest);
  });

  it('warns of what it deletes, of a class that goes, and of what would be gone', async () => {
    const withoutBucket = (text: string) =>
      text
        .replace("const storage = yield* Cloudflare.R2.Bucket('demo-storage');", '')
        .replace('STORAGE: storage,', '')
        .replace("buckets: { 'demo-storage': storage },", '');
    const plan = await cloud.edited('alchemy.run.ts', withoutBucket, () => cloud.plan('prod'));
    expect(touched(plan)).toContain('delete demo-storage');
    expect(plan.warnings).toContainEqual(
      expect.objectContaining({ code: 'DELETED', id: 'demo-storage' }),
    );
    expect(plan.losses.map(({ id }) => id)).toContain('demo-storage');

    const withoutClass = (text: string) =>
      text
        .replace("CHAT: Cloudflare.DurableObject('ChatDO', { className: 'ChatDO' }),", '')
        .replace('objects: { ChatDO: app },', '');
    const second = await cloud.edited('alchemy.run.ts', withoutClass, () => cloud.plan('prod'));
    expect(second.warnings).toContainEqual(
      expect.objectContaining({ code: 'CLASS_DATA_LOST', id: 'demo-app' }),
    );
    expect(second.losses).toContainEqual(
      expect.objectContaining({
        id: 'demo-app',
        isComplete: true,
        // The instance that health probes ask is none of the application's.
        detail: 'Durable Object class ChatDO: 0',
      }),
    );
  });

  it('of a destroy lists every resource that holds something, with nulls where nobody could count', async () => {
    const { losses, resources } = await cloud.plan('prod', 'destroy_plan');
    const STATELESS = ['demo-jobs-consumer'];
    expect([...losses.map(({ id }) => id), ...STATELESS].toSorted()).toEqual(
      resources.map(({ id }) => id).toSorted(),
    );
  });

  it('fails with one sentence when the stack cannot be read, and quotes no secret', async () => {
    const broken = (text: string) =>
      `${text}\nthrow new Error('no ' + process.env.MCP_SHARED_SECRET);`;
    const { outcome } = await cloud.edited('alchemy.run.ts', broken, () =>
      cloud.run('deploy_plan', 'prod'),
    );
    expect(outcome).toEqual({ status: 'failed', message: expect.stringContaining('(secret)') });
  });

  it('quotes no value that only the state has, and none of .env', async () => {
    const value = 'xyzzy-0451-plugh';
    const state = pathOf('.alchemy/state/demo/prod/demo-app.json');
    const row = readFileSync(state, 'utf8');
    writeFileSync(pathOf('.env'), `UNTOLD=${value}2\n`);
    writeFileSync(
      state,
      row.replace('"props": {', `"props": { "hidden": { "__redacted__": "${value}" },`),
    );
    await cloud.reopen({ UNTOLD: `${value}2` });
    const broken = (text: string) =>
      `${text}\nthrow new Error('no ${value}, nor ' + process.env.UNTOLD);`;
    const { outcome } = await cloud.edited('alchemy.run.ts', broken, () =>
      cloud.run('deploy_plan', 'prod'),
    );
    writeFileSync(state, row);
    rmSync(pathOf('.env'));
    expect(readFileSync(state, 'utf8')).toContain('"props": {');
    expect(outcome).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('no (secret), nor (secret)'),
    });
  });

  it('never shows a secret, and has another digest when one changes', async () => {
    const before = base;
    const secret = 'another-shared-secret-9f2c7b1e4d8a6035';
    await cloud.reopen({ MCP_SHARED_SECRET: secret });
    const after = await cloud.plan('prod');
    expect(after.digest).not.toBe(before.digest);
    expect(after.resources.find(({ id }) => id === 'mcp-server')?.properties).toEqual([
      { path: 'env.MCP_SHARED_SECRET', from: '(secret)', to: '(secret)' },
    ]);
    for (const text of [
      secret,
      cloud.env['MCP_SHARED_SECRET'] ?? '',
      cloud.env['MCP_JWT_SECRET'] ?? '',
    ])
      expect(JSON.stringify(after)).not.toContain(text);
  });
});
