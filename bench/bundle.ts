// Bundles the Workers under test. The product's own Worker is the real one, only with as many tools as a run asks for.
import { type BunPlugin } from 'bun';

const ROOT = new URL('..', import.meta.url).pathname;
const TOOLS = `${ROOT}bench/workers/tools.ts`;

export type Subject = 'hello' | 'constant' | 'ours' | 'counted' | 'sdk' | 'agents' | 'kv-counter';

const entryOf = (subject: Subject): string =>
  subject === 'ours' ? `${ROOT}src/mcp/index.ts` : `${ROOT}bench/workers/${subject}.worker.ts`;

/** `size`: how many tools it has; of a constant, how many bytes. */
export const bundleSubject = async (subject: Subject, size: number): Promise<string> => {
  const built = await Bun.build({
    entrypoints: [entryOf(subject)],
    format: 'esm',
    target: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    define: { SIZE: String(size) },
    plugins: [withToolsOfBench],
  });
  const [script] = built.outputs;
  if (!built.success || script === undefined) throw new AggregateError(built.logs, subject);
  return script.text();
};

/** Whoever asks for the product's tools gets those of the bench, which alone gets the real ones. */
const withToolsOfBench: BunPlugin = {
  name: 'tools-of-bench',
  setup: (build) => {
    build.onResolve({ filter: /\/tools\/index\.ts$/ }, ({ importer }) =>
      importer === TOOLS ? undefined : { path: TOOLS },
    );
  },
};
