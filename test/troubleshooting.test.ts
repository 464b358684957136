// What people look up when something has failed: every code and every sentence in the document is the product's, and
// every code of the product is in the document.
import { describe, expect, it } from 'bun:test';

import { Glob } from 'bun';

import { ERRORS } from '../src/contract/errors.ts';
import { mcp } from './kit/cli.ts';
import { useCloud } from './kit/cloud.ts';
import { keeps } from './kit/keeps.ts';
import { ADMIN_TOKEN, JWT_SECRET, RUNNER_TOKEN, SHARED_SECRET } from './kit/tokens.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const read = (file: string): Promise<string> => Bun.file(ROOT + file).text();

const document = await read('docs/troubleshooting.md');

const sectionOf = (text: string, title: string): string => {
  const start = text.indexOf(`\n## ${title}\n`);
  expect(start).toBeGreaterThan(0);
  const end = text.indexOf('\n## ', start + 1);
  return text.slice(start, end < 0 ? undefined : end);
};

/** What stands in backticks in the first column. */
const quotedIn = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)])
    .map(([, quoted = '']) => quoted);

describe('docs/troubleshooting.md', () => {
  it('has every code that somebody may meet, by itself or with its family', () => {
    const named = new Set(quotedIn(document).concat(document.match(/`[A-Z_]+`/g) ?? []));
    const families = [...named].filter((it) => it.endsWith('_*')).map((it) => it.slice(0, -1));
    const missing = Object.keys(ERRORS).filter(
      (code) =>
        !named.has(code) &&
        !named.has(`\`${code}\``) &&
        !families.some((family) => code.startsWith(family)),
    );
    expect(missing).toEqual([]);
  });

  it.each(['A start that does not', 'A runner that does nothing'])(
    'quotes under “%s” what the product says, word for word',
    async (title) => {
      const files = [...new Glob('src/{local,runner,infra,cli,contract}/**/*.ts').scanSync(ROOT)];
      const code = (await Promise.all(files.map(read))).join('\n');
      const quotes = quotedIn(sectionOf(document, title)).filter((it) => !ELSEWHERE.test(it));
      expect(quotes.length).toBeGreaterThan(4);
      const strangers = quotes.filter((quote) =>
        quote.split('…').some((piece) => !code.includes(piece.trim())),
      );
      expect(strangers).toEqual([]);
    },
  );
});

/** Said by the shell, or an answer's field. */
const ELSEWHERE = /^env: |^queued$/;

describe('docs/production-checklist.md', () => {
  const cloud = useCloud({ settings: { MCP_ADMIN_TOKEN: ADMIN_TOKEN } });

  /** The guide's lines, in its order. */
  const LINES = [
    'Secrets configured in GitHub',
    'Tests passing',
    'Dark launch set to 0%',
    'Custom domain configured',
    'Monitoring set up',
    'Rate limits appropriate',
    'Documentation reviewed',
    'Rollback plan ready',
  ];

  keeps('checklist.all', 'has a command for each line of the guide’s checklist', async () => {
    const [, ...items] = (await read('docs/production-checklist.md')).split('\n- [ ] ');
    expect(items.map((item) => /^\*\*(.+?)\.?\*\*/.exec(item)?.[1])).toEqual(LINES);
    for (const item of items) expect(item).toMatch(/^```bash( run)?\n\S/m);
  });

  keeps('checklist.all', 'finds a server fit, and says what it is that is not', async () => {
    const url = cloud().url.origin;
    const env = {
      MCP_URL: url,
      MCP_SHARED_SECRET: SHARED_SECRET,
      MCP_JWT_SECRET: JWT_SECRET,
      MCP_RUNNER_TOKEN: RUNNER_TOKEN,
      MCP_ADMIN_TOKEN: ADMIN_TOKEN,
    };
    const fit = await mcp(['doctor'], { env });
    expect(fit.code).toBe(0);
    const other = await mcp(['doctor'], { env: { ...env, MCP_SHARED_SECRET: 'your-secret-here' } });
    expect(other.code).toBe(1);
    expect(other.out).toContain('✗ MCP_SHARED_SECRET');
  });
});
