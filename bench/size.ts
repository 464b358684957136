// What is uploaded: the Worker bundled by the bundler that Alchemy bundles it with, and the way Alchemy asks for it.
import { rolldown } from 'rolldown';

import { BUNDLE_OUTPUT } from '../src/infra/bundle-output.ts';

const ROOT = new URL('..', import.meta.url).pathname;

export interface Size {
  readonly bytes: number;
  readonly gzipBytes: number;
}

interface Without {
  /** Files that are left out. */
  readonly files?: RegExp;
  /** Every package, so that only our own code is left. */
  readonly packages?: boolean;
}

const RUNTIME = /^cloudflare:/;
const PACKAGE = /^(?:@[\w-]+\/)?[\w-]+(?:\/|$)/;

export const bundleSize = async ({ files, packages = false }: Without = {}): Promise<Size> => {
  const bundle = await rolldown({
    input: `${ROOT}src/mcp/index.ts`,
    cwd: ROOT,
    external: packages ? [RUNTIME, PACKAGE] : [RUNTIME],
    platform: 'neutral',
    resolve: {
      conditionNames: ['workerd', 'worker', 'browser', 'import', 'module', 'default'],
      mainFields: ['browser', 'module', 'main'],
    },
    optimization: { inlineConst: { mode: 'smart', pass: 3 } },
    logLevel: 'silent',
    ...(files !== undefined && { shimMissingExports: true, plugins: [without(files)] }),
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true, ...BUNDLE_OUTPUT });
  await bundle.close();
  const code = output.map((part) => ('code' in part ? part.code : '')).join('');
  return { bytes: Buffer.byteLength(code), gzipBytes: Bun.gzipSync(code, { level: 9 }).byteLength };
};

const without = (dropped: RegExp) => ({
  name: 'without',
  load: (id: string) => (dropped.test(id) ? { code: 'export {};', moduleType: 'js' } : undefined),
});

/** What the bundle would shrink by without it. Parts that serve two are in neither. */
const PACKAGES = {
  'the MCP SDK': /@modelcontextprotocol/,
  'the SQL grammar (sqlite3-parser)': /sqlite3-parser/,
  zod: /\/zod\//,
  hono: /\/hono\//,
  jose: /\/jose\//,
} as const;

/** gzip bytes, by part. */
export const sizeOfParts = async (whole: Size): Promise<Readonly<Record<string, number>>> => {
  const parts: Record<string, number> = {
    'our own code': (await bundleSize({ packages: true })).gzipBytes,
  };
  for (const [part, files] of Object.entries(PACKAGES))
    parts[part] = whole.gzipBytes - (await bundleSize({ files })).gzipBytes;
  return parts;
};
