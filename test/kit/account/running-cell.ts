// A cell that runs: a Miniflare of its own, on the account's one folder. A small Worker in front leads each request to its
// script, so that no change of a domain or route starts anything anew.
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { Miniflare } from 'miniflare';

import type { Cell } from './cells.ts';
import { activeVersion, type Content } from './content.ts';
import { workerOptions } from './worker-options.ts';

/** Names the script that a request is for, on the way from the edge. */
export const SCRIPT_HEADER = 'x-account-script';

const DOOR = '__door';
const DOOR_SCRIPT = `export default {
  fetch(request, env) {
    const headers = new Headers(request.headers);
    const script = headers.get('${SCRIPT_HEADER}');
    headers.delete('${SCRIPT_HEADER}');
    const url = new URL(request.url);
    url.protocol = 'https:';
    return env[script].fetch(new Request(url, new Request(request, { headers })));
  },
};`;
/** Requests under way may end before their workerd does. */
const GRACE_MS = 2_000;

type Objects = Awaited<ReturnType<Miniflare['getR2Bucket']>>;

export class RunningCell {
  readonly cell: Cell;
  readonly url: URL;
  readonly miniflare: Miniflare;
  #underWay = 0;

  private constructor(cell: Cell, url: URL, miniflare: Miniflare) {
    this.cell = cell;
    this.url = url;
    this.miniflare = miniflare;
  }

  static async start(
    content: Content,
    cell: Cell,
    dir: string,
    { logs, edgeUrl }: { logs: string[]; edgeUrl: () => string },
  ): Promise<RunningCell> {
    const miniflare = new Miniflare({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      kvPersist: `${dir}/kv`,
      d1Persist: `${dir}/d1`,
      r2Persist: `${dir}/r2`,
      durableObjectsPersist: `${dir}/do`,
      workflowsPersist: `${dir}/workflows`,
      secretsStorePersist: `${dir}/secrets`,
      handleRuntimeStdio: (out: Readable, errors: Readable) => {
        for (const stream of [out, errors])
          createInterface(stream).on('line', (line) => logs.push(line));
      },
      workers: [
        doorOf(cell),
        ...cell.scripts.map((script) => workerOptions(content, script, edgeUrl)),
      ],
    });
    try {
      const running = new RunningCell(cell, await miniflare.ready, miniflare);
      await running.#fillSecrets(content);
      return running;
    } catch (error) {
      await miniflare.dispose().catch(() => undefined);
      throw error;
    }
  }

  database = (id: string) => this.miniflare.getD1Database(`d1:${id}`, DOOR);

  bucket = (name: string): Promise<Objects> => this.miniflare.getR2Bucket(`r2:${name}`, DOOR);

  /** A request begins; call what comes back when it has ended. */
  enter(): () => void {
    this.#underWay++;
    let hasLeft = false;
    return () => {
      if (!hasLeft) this.#underWay--;
      hasLeft = true;
    };
  }

  async stop(): Promise<void> {
    const deadline = performance.now() + GRACE_MS;
    while (this.#underWay > 0 && performance.now() < deadline) await Bun.sleep(10);
    await this.miniflare.dispose();
  }

  async #fillSecrets(content: Content): Promise<void> {
    for (const script of this.cell.scripts)
      for (const { type, name, store_id, secret_name } of activeVersion(script).metadata.bindings) {
        if (type !== 'secrets_store_secret') continue;
        const secret = [...content.secrets.values()].find(
          (row) => row.store_id === store_id && row.name === secret_name,
        );
        if (secret === undefined) continue;
        const api = await this.miniflare.getSecretsStoreSecretAPI(name, script.name);
        await api().create(secret.value);
      }
  }
}

/** Leads to every script of the cell, and to the data that the API itself is asked for. */
const doorOf = (cell: Cell) => {
  const members = (kind: string): Record<string, string> =>
    Object.fromEntries(
      [...cell.members]
        .filter((member) => member.startsWith(kind))
        .map((member) => [member, member.slice(kind.length)]),
    );
  return {
    name: DOOR,
    modulesRoot: '/',
    modules: [{ type: 'ESModule' as const, path: '/door.js', contents: DOOR_SCRIPT }],
    compatibilityDate: '2026-07-30',
    d1Databases: members('d1:'),
    r2Buckets: members('r2:'),
    serviceBindings: Object.fromEntries(cell.scripts.map(({ name }) => [name, name])),
  };
};
