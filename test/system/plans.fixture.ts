// What is changed to see whether a plan says so, and what a plan may not change.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

type Edit = (text: string) => string;

/** Of alchemy.run.ts: so that it has what else a plan may tell of, a renamed namespace, an action, a Worker from elsewhere. */
export const withAdditions =
  (main: string): Edit =>
  (text) =>
    text.replace("Namespace('demo-cache')", "Namespace('demo-cache', { title: 'better' })").replace(
      'return { mcp: mcp.url',
      `yield* Alchemy.Action('Seed', Effect.fn(function* (input: { table: string }) { yield* Effect.void; return input; }))({ table: 'one' });
    yield* Cloudflare.Worker('away', { main: '${main}' });
    return { mcp: mcp.url`,
    );

/** Of alchemy.run.ts with additions: the action does something else, and the app has one more variable. */
export const withOtherAction: Edit = (text) =>
  text.replace('Effect.void', 'Effect.succeed(1)').replace('DB: db,', "DB: db, LEVEL: 'debug',");

/** The action does it with something else, and the app has one more binding. */
export const withOtherInput: Edit = (text) =>
  text
    .replace("table: 'one'", "table: 'two'")
    .replace('CACHE: cache,', 'CACHE: cache, CACHE2: cache,');

/** Of the stack: a bucket and a class of Durable Objects are no longer declared. */
export const withLosses: Edit = (text) =>
  text
    .replace("const storage = yield* Cloudflare.R2.Bucket('demo-storage');", '')
    .replace('STORAGE: storage,', '')
    .replace("buckets: { 'demo-storage': storage },", '')
    .replace("CHAT: Cloudflare.DurableObject('ChatDO', { className: 'ChatDO' }),", '')
    .replace('objects: { ChatDO: app },', '');

/** Every file of the local cloud that is still while nobody works: logs grow, and databases in use change by themselves. */
export const fingerprintOf = (root: string): Record<string, string> => {
  const names = readdirSync(join(root, '.alchemy'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((name) => !/(^|\/)log\/|cloud\.log$|\.sqlite/.test(name));
  return Object.fromEntries(
    names.map((name) => [name, Bun.SHA256.hash(readFileSync(name), 'hex')]),
  );
};
