import { describe, expect, it } from 'bun:test';

import { failuresIn, lastWords } from './host-log.ts';

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

describe('failuresIn', () => {
  it('names the Worker that does not build, and why', () => {
    expect(failuresIn(bundle)).toEqual([
      "demo-app does not run: [TSCONFIG_ERROR] Failed to load tsconfig 'x.json': Tsconfig not found",
    ]);
  });

  it('names the Worker that throws when it starts', () => {
    expect(failuresIn(startup)).toEqual([
      'demo-app does not run: Uncaught Error: a "quoted" reason',
    ]);
  });

  it('finds each failure among ordinary lines', () => {
    const info = '[17:56:31.048] INFO (#206): [mcp-server] Started in 12ms\n';
    expect(failuresIn(info + bundle + info + startup)).toHaveLength(2);
    expect(failuresIn(info)).toEqual([]);
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
