// A stage's resources by their names: what is bound is opened, and everything else is refused by name.
import { describe, expect, it } from 'bun:test';

import { bindingOf, catalogOf, SAMPLE } from '../../../test/kit/sample-stack.ts';
import { JWT_SECRET } from '../../../test/kit/tokens.ts';
import type { Catalog } from '../../contract/catalog.ts';
import { OpsError } from '../../contract/errors.ts';
import { createCursors } from './cursors.ts';
import { createStage, type OfferedKind } from './stage.ts';

const database = { prepare: () => {}, batch: () => {} };
const bucket = { head: () => {}, list: () => {} };

const noEngine = () => {
  throw new Error('This test starts no operation.');
};

const stageIn = (catalog: Catalog, env: Record<string, unknown>) =>
  createStage({
    catalog,
    env,
    cursors: createCursors(JWT_SECRET),
    snapshot: async () => undefined,
    claim: async () => true,
    operations: noEngine,
  });

const stageWith = (
  databases: readonly string[],
  buckets: readonly string[],
  lost: readonly string[] = [],
) => {
  const catalog = catalogOf({ ...SAMPLE, databases, buckets });
  const env: Record<string, unknown> = {
    ...Object.fromEntries(
      databases.map((name) => [bindingOf('database', name), { ...database, name }]),
    ),
    ...Object.fromEntries(buckets.map((name) => [bindingOf('bucket', name), { ...bucket, name }])),
    MCP_SHARED_SECRET: 'not a binding',
  };
  for (const name of lost) delete env[name];
  return stageIn(catalog, env);
};

const refusalOf = (open: () => unknown): OpsError => {
  try {
    open();
  } catch (error) {
    if (error instanceof OpsError) return error;
  }
  throw new Error('It was opened.');
};

describe('a stage', () => {
  const stage = stageWith(['main', 'archive'], ['uploads']);

  it('opens what is declared by its name, and the first without one', () => {
    expect(stage.open('database', 'archive')).toMatchObject({
      name: 'archive',
      handle: { name: 'archive' },
    });
    expect(stage.open('database')).toMatchObject({ name: 'main', handle: { name: 'main' } });
    expect(stage.open('bucket')).toMatchObject({ name: 'uploads' });
    expect(stage.names('database')).toEqual(['main', 'archive']);
  });

  it('lists what is declared when asked for something else', () => {
    const { code, message } = refusalOf(() => stage.open('database', 'users'));
    expect({ code, message }).toEqual({
      code: 'UNKNOWN_DATABASE',
      message: 'No database named "users" in stage prod. Known: main, archive.',
    });
  });

  it('knows no name but the declared: not a binding’s, not a resource of another kind, not a property', () => {
    for (const name of [
      'DATABASE_MAIN',
      'uploads',
      'MCP_SHARED_SECRET',
      '__proto__',
      'constructor',
      '',
      'MAIN',
    ])
      expect(refusalOf(() => stage.open('database', name)).code).toBe('UNKNOWN_DATABASE');
  });

  it('quotes a name it does not know visibly and shortly', () => {
    const { message } = refusalOf(() => stage.open('bucket', `\u{202E}x\n${'y'.repeat(5_000)}`));
    expect(message).toContain('\\u{202E}x\\u{000A}');
    expect(message.length).toBeLessThan(250);
  });

  it('says what to do when nothing of a kind is declared', () => {
    const empty = stageWith([], []);
    for (const [kind, code] of [
      ['database', 'UNKNOWN_DATABASE'],
      ['bucket', 'UNKNOWN_BUCKET'],
    ] satisfies [OfferedKind, string][]) {
      for (const name of [undefined, 'x']) {
        const refused = refusalOf(() => empty.open(kind, name));
        expect(refused.code).toBe(code as typeof refused.code);
        expect(refused.message).toMatch(/^Stage prod declares no \w+\.$/);
        expect(refused.next).toContain('alchemy.run.ts');
      }
    }
  });

  it('says so when the deployment lost a binding', () => {
    const lost = stageWith(['main'], ['uploads'], ['BUCKET_UPLOADS']);
    const { code, message, next } = refusalOf(() => lost.open('bucket'));
    expect(code).toBe('RESOURCE_FAILED');
    expect(message).toBe('The bucket "uploads" is declared but not bound.');
    expect(next).toContain('deploy');
  });

  it('takes nothing for a binding that is not one', () => {
    const catalog = catalogOf(SAMPLE);
    for (const value of ['text', null, 7, {}, { prepare: () => {} }]) {
      const env = { DATABASE_DEMO_DB: value };
      const stage = stageIn(catalog, env);
      expect(refusalOf(() => stage.open('database')).code).toBe('RESOURCE_FAILED');
    }
  });
});
