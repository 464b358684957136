// What is uploaded: the Worker bundled by the bundler that Alchemy bundles it with, and the way Alchemy asks for it.
import { rolldown } from 'rolldown';

const ROOT = new URL('..', import.meta.url).pathname;

export interface Size {
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** Alchemy's own default takes dead code out, and leaves names, spaces and comments. */
export type Minify = 'dce-only' | true;

export const bundleSize = async (minify: Minify, dropped?: RegExp): Promise<Size> => {
  const bundle = await rolldown({
    input: `${ROOT}src/mcp/index.ts`,
    cwd: ROOT,
    external: [/^cloudflare:/],
    platform: 'neutral',
    resolve: {
      conditionNames: ['workerd', 'worker', 'browser', 'import', 'module', 'default'],
      mainFields: ['browser', 'module', 'main'],
    },
    optimization: { inlineConst: { mode: 'smart', pass: 3 } },
    logLevel: 'silent',
    ...(dropped !== undefined && { shimMissingExports: true, plugins: [without(dropped)] }),
  });
  const { output } = await bundle.generate({ format: 'esm', minify, codeSplitting: false });
  await bundle.close();
  const code = output.map((part) => ('code' in part ? part.code : '')).join('');
  return { bytes: Buffer.byteLength(code), gzipBytes: Bun.gzipSync(code, { level: 9 }).byteLength };
};

const without = (dropped: RegExp) => ({
  name: 'without',
  load: (id: string) => (dropped.test(id) ? { code: 'export {};', moduleType: 'js' } : undefined),
});

/** What the bundle would shrink by without it. Parts that serve two are in neither. */
export const PARTS = {
  'the MCP SDK': /@modelcontextprotocol/,
  'the SQL grammar (sqlite3-parser)': /sqlite3-parser/,
  zod: /\/zod\//,
  'our own code': /\/src\/(?:mcp|operations|contract|lib)\//,
  hono: /\/hono\//,
  jose: /\/jose\//,
} as const;
