// Bundles a Worker as it is deployed, once per entry file and process.
import type { BunPlugin } from 'bun';

const bundles = new Map<string, Promise<string>>();

/** One module of a Worker that another takes the place of: absolute paths. */
export interface Replacement {
  readonly module: string;
  readonly by: string;
}

export const bundle = (entry: string, replacement?: Replacement): Promise<string> => {
  const key = JSON.stringify([entry, replacement]);
  const known = bundles.get(key);
  if (known !== undefined) return known;
  const fresh = build(entry, replacement);
  bundles.set(key, fresh);
  return fresh;
};

const build = async (entry: string, replacement?: Replacement): Promise<string> => {
  const built = await Bun.build({
    entrypoints: [entry],
    format: 'esm',
    target: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    plugins: replacement === undefined ? [] : [replacing(replacement)],
  });
  const [script] = built.outputs;
  if (!built.success || script === undefined) throw new AggregateError(built.logs, entry);
  return script.text();
};

/** A module that nobody imports any more would be replaced in vain, and every test of the replacement would lie. */
const replacing = ({ module, by }: Replacement): BunPlugin => ({
  name: 'replace-module',
  setup: (build) => {
    let isReplaced = false;
    build.onLoad({ filter: literal(module) }, async () => {
      isReplaced = true;
      return { contents: `export * from ${JSON.stringify(by)};`, loader: 'ts' };
    });
    build.onEnd(() => {
      if (!isReplaced) throw new Error(`The Worker does not import ${module}.`);
    });
  },
});

const literal = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`);
