// Every setting the code reads, against `.env.example` and the README: nobody should have to read code to find one.
import { describe, expect, it } from 'bun:test';

import { Glob } from 'bun';

import { secretProblem } from '../src/contract/secret.ts';

const ROOT = new URL('..', import.meta.url).pathname;

/** All-caps names that the programs mention, though no person sets them. */
const NO_SETTING: ReadonlySet<string> = new Set([
  // Bindings of the Worker, made by McpServer(…).
  'ADDRESS_LIMIT',
  'MCP_CATALOG',
  'MCP_EVENTS',
  'MCP_KV',
  'MCP_LOCAL',
  // GitHub's, in a job that may have an identity.
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_URL',
  // The system's own.
  'HOME',
  'LANG',
  'LOGNAME',
  'NO_COLOR',
  'PATH',
  'TERM',
  'TMPDIR',
  'USER',
  // Between our own processes.
  'MCP_RUN_MARK',
]);

/** `process.env['NAME']`, `env['NAME']`, and the names in the lists of settings. */
const READ = /\benv\[\s*'([A-Z][A-Z0-9_]+)'\s*\]/g;
const LIST = /\bconst [A-Z_]+ = \[([^\]]*)\] as const/g;
const NAME = /'((?:MCP|CLOUDFLARE|ALCHEMY|GITHUB|DARK_LAUNCH)_[A-Z0-9_]+|ENVIRONMENT|PORT)'/g;

const namesIn = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, name = '']) => name);

const settingsRead = async (): Promise<string[]> => {
  const files = [
    ...new Glob('src/{cloudflare,contract,infra,local,cli,runner}/**/*.ts').scanSync(ROOT),
  ];
  const sources = files.filter((file) => !/\.(?:test|fixture)\.ts$/.test(file));
  const texts = await Promise.all(sources.map((file) => Bun.file(ROOT + file).text()));
  const names = texts.flatMap((text) => [
    ...namesIn(text, READ),
    ...namesIn(text, LIST).flatMap((list) => namesIn(list, NAME)),
  ]);
  return [...new Set(names)].filter((name) => !NO_SETTING.has(name)).toSorted();
};

const example = await Bun.file(`${ROOT}.env.example`).text();
const lines = [...example.matchAll(/^(#?)([A-Z][A-Z0-9_]*)=(.*)$/gm)];

describe('.env.example', () => {
  it('has every setting the code reads, once, and no other', async () => {
    expect(lines.map(([, , name = '']) => name).toSorted()).toEqual(await settingsRead());
  });

  it('says what each is for, and gives no value that could be taken for one', () => {
    for (const [line] of lines) {
      const above = example
        .slice(0, example.indexOf(`\n${line}\n`))
        .split('\n')
        .at(-1);
      expect({ line, above }).toEqual({
        line,
        above: expect.stringMatching(/^# \S.*\.$|^# .*\]$/),
      });
    }
    expect(lines.map(([, , , value = '']) => value).join('')).toBe('');
  });

  it('leaves a secret empty, which no server would take: a start draws one', () => {
    const open = lines.filter(([, mark]) => mark === '').map(([, , name = '']) => name);
    expect(open).toContain('MCP_SHARED_SECRET');
    for (const name of open) expect(secretProblem(name, '')).toBe(`${name} is not set.`);
  });
});

describe('README.md', () => {
  it('has every setting in its table', async () => {
    const readme = await Bun.file(`${ROOT}README.md`).text();
    const table = readme.slice(readme.indexOf('\n## Settings\n'), readme.indexOf('\n## More\n'));
    const rows = table
      .split('\n')
      .flatMap((row) => namesIn(row.split('|')[1] ?? '', /`([A-Z_]+)`/g));
    expect(rows.toSorted()).toEqual(await settingsRead());
  });
});
