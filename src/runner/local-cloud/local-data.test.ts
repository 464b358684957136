import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { countStored, placesOf, removeLocalData } from './local-data.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'local-data-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const store = (place: string): string => {
  const file = join(root, '.alchemy', 'local', place);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  return file;
};

const worker = (name: string) => ({
  resourceType: 'Cloudflare.Worker',
  attr: { durableObjectNamespaces: { ChatDO: `${name}-ChatDO` } },
});
const database = { resourceType: 'Cloudflare.D1Database', attr: { databaseId: 'dev:one' } };

describe('local data', () => {
  it('lies where the runtime puts it', () => {
    // Seen in a running local cloud.
    const attr = { databaseId: 'dev:536722b9-f4e9-4381-a485-3cfe05d8cec2' };
    expect(placesOf({ resourceType: 'Cloudflare.D1Database', attr })).toContain(
      'd1/cloudflare-runtime-D1DatabaseObject/a6069f94be85f29e998c4a86d47644b482a9da59d6e2e2e7690b42fbee81d2eb.sqlite',
    );
  });

  it('of what is gone is removed, and nothing else', () => {
    const gone = placesOf(database).map(store);
    const ours = store('demo-app-a-ChatDO/1.sqlite');
    const theirs = store('demo-app-b-ChatDO/1.sqlite');
    removeLocalData(root, [database, worker('demo-app-a')], [worker('demo-app-b')]);
    expect([...gone, ours].filter(existsSync)).toEqual([]);
    expect(existsSync(theirs)).toBe(true);
  });

  it('stays when another row names it too', () => {
    const shared = store('demo-app-ChatDO/1.sqlite');
    removeLocalData(root, [worker('demo-app')], [worker('demo-app')]);
    expect(existsSync(shared)).toBe(true);
  });

  it.each(['../../outside', '..', '.', '/etc', 'a/b', ''])(
    'never leaves its folder, whatever the state says: %p',
    (name) => {
      const attr = { durableObjectNamespaces: { X: name }, workflowName: name, databaseId: name };
      for (const resourceType of [
        'Cloudflare.Worker',
        'Cloudflare.Workflow',
        'Cloudflare.D1Database',
      ])
        expect(placesOf({ resourceType, attr })).toEqual([]);
    },
  );

  it('does not take an id of Cloudflare’s for a local one', () => {
    const attr = { databaseId: '536722b9-f4e9-4381-a485-3cfe05d8cec2' };
    expect(placesOf({ resourceType: 'Cloudflare.D1Database', attr })).toEqual([]);
  });

  it('counts instances that have stored something', () => {
    for (const name of ['1.sqlite', '1.sqlite-wal', '2.sqlite', 'metadata.sqlite'])
      store(`demo-app-ChatDO/${name}`);
    expect(countStored(root, 'demo-app-ChatDO')).toBe(2);
    expect(countStored(root, 'never-used')).toBe(0);
    expect(countStored(root, '../..')).toBe(0);
  });
});
