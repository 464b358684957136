// Bundles a Worker as it is deployed, once per entry file and process.
const bundles = new Map<string, Promise<string>>();

export const bundle = (entry: string): Promise<string> => {
  const known = bundles.get(entry);
  if (known !== undefined) return known;
  const fresh = build(entry);
  bundles.set(entry, fresh);
  return fresh;
};

const build = async (entry: string): Promise<string> => {
  const built = await Bun.build({
    entrypoints: [entry],
    format: 'esm',
    target: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
  });
  const [script] = built.outputs;
  if (!built.success || script === undefined) throw new AggregateError(built.logs, entry);
  return script.text();
};
