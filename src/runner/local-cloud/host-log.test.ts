import { afterAll, describe, expect, it } from 'bun:test';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createHostLog, lastWords, lastWordsIn, logSize, readLog } from './host-log.ts';

const bundle = `[17:56:31.061] ERROR (#197): [demo-app] Bundle error {
  _tag: "BundleError",
  message: "Build failed with 1 error:\\n\\n\\u001B[31m[TSCONFIG_ERROR] \\u001B[0mFailed to load tsconfig 'x.json': Tsconfig not found\\n",
  cause: 43 | summary
}
`;

const startup = `[17:56:31.061] ERROR (#12): [demo-app] Failed to start {
  _tag: "ConfigError",
  subtag: "WorkerdUserScript",
  message: "Uncaught Error: a \\"quoted\\" reason",
}
`;

const problemsIn = (text: string) =>
  [...lastWords(text).values()].flatMap(({ problem }) => problem ?? []);

describe('the failures in the log', () => {
  it('name the Worker that does not build, and why', () => {
    expect(problemsIn(bundle)).toEqual([
      "demo-app does not run: [TSCONFIG_ERROR] Failed to load tsconfig 'x.json': Tsconfig not found",
    ]);
  });

  it('name the Worker that throws when it starts', () => {
    expect(problemsIn(startup)).toEqual([
      'demo-app does not run: Uncaught Error: a "quoted" reason',
    ]);
  });

  it('are found among ordinary lines', () => {
    const info = '[17:56:31.048] INFO (#206): [mcp-server] Started in 12ms\n';
    const other = startup.replace('[demo-app]', '[other-app]');
    expect(problemsIn(info + bundle + info + other)).toHaveLength(2);
    expect(problemsIn(info)).toEqual([]);
  });
});

describe('createHostLog', () => {
  const folder = mkdtempSync(join(tmpdir(), 'host-log-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('tells of a failure once, in whatever pieces it comes, and again when the Worker ran in between', async () => {
    const told: string[] = [];
    const log = createHostLog(join(folder, 'cloud.log'), (sentence) => void told.push(sentence));
    const updated = '[17:56:32.048] INFO (#206): [demo-app] Updated in 12ms\n';
    const bytes = new TextEncoder().encode(startup + startup + updated + startup);
    await log.follow(
      new ReadableStream({
        start: (controller) => {
          for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7));
          controller.close();
        },
      }),
    );
    const sentence = 'demo-app does not run: Uncaught Error: a "quoted" reason';
    expect(told).toEqual([sentence, sentence]);
  });
});

describe('readLog', () => {
  const folder = mkdtempSync(join(tmpdir(), 'host-log-'));
  const file = join(folder, 'cloud.log');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads what was printed since, and nothing of a log that is not there', () => {
    expect(readLog(file)).toBe('');
    writeFileSync(file, 'café, before\n');
    const before = logSize(file);
    expect(readLog(file, before)).toBe('');
    appendFileSync(file, startup);
    expect(readLog(file, before)).toBe(startup);
    expect(readLog(file)).toBe(`café, before\n${startup}`);
  });

  it('reads the end alone of one that has grown for days', () => {
    writeFileSync(file, bundle);
    appendFileSync(file, `${'x'.repeat(1_023)}\n`.repeat(9_000));
    appendFileSync(file, startup);
    expect(readLog(file).length).toBe(8 * 1_048_576);
    expect(lastWordsIn(file).get('demo-app')?.isBuild).toBe(false);
  });
});

describe('lastWords', () => {
  const started = '[17:56:32.048] INFO (#206): [demo-app] Updated in 12ms\n';

  it('says of each Worker how it was last seen', () => {
    expect(lastWords(bundle).get('demo-app')).toMatchObject({ isBuild: true });
    expect(lastWords(startup).get('demo-app')).toMatchObject({
      problem: 'demo-app does not run: Uncaught Error: a "quoted" reason',
      isBuild: false,
    });
    expect(lastWords(bundle + started).get('demo-app')).toEqual({
      problem: undefined,
      isBuild: false,
    });
    expect(lastWords(started + bundle).get('demo-app')?.problem).toContain('Tsconfig not found');
    expect(lastWords('').size).toBe(0);
  });
});
