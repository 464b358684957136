// Runs what the account holds. A cell starts when somebody first needs it; one that ran before a change runs again after it.
import { Miniflare } from 'miniflare';

import { type Cell, cellsOf } from './cells.ts';
import type { Content } from './content.ts';
import { ApiError } from './envelope.ts';
import { RunningCell } from './running-cell.ts';
import type { Upload } from './upload.ts';
import { startupOptions } from './worker-options.ts';

/** After a change, so that the changes of one deploy start a cell once. */
const SETTLE_MS = 100;

export interface DataPlane {
  /** Why the upload does not start, as workerd says it; undefined when it does. */
  startupError(upload: Upload): Promise<string | undefined>;
  query(database: string, sql: string, params: readonly unknown[]): Promise<readonly unknown[]>;
  objects(bucket: string): Promise<readonly { readonly key: string }[]>;
  deleteObjects(bucket: string, keys: readonly string[]): Promise<void>;
}

export class LocalPlane implements DataPlane, AsyncDisposable {
  readonly #content: Content;
  readonly #dir: string;
  readonly #edgeUrl: () => string;
  /** What the Workers have logged, a line each. */
  readonly logs: string[] = [];
  readonly #running = new Map<string, RunningCell>();
  /** Scripts and resources of cells that ran, and have to run again. */
  readonly #interrupted = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  /** `edgeUrl` is where Workers reach each other by address. */
  constructor(content: Content, dir: string, edgeUrl: () => string) {
    this.#content = content;
    this.#dir = dir;
    this.#edgeUrl = edgeUrl;
  }

  async startupError(upload: Upload): Promise<string | undefined> {
    const miniflare = new Miniflare({
      ...startupOptions(upload),
      cf: false,
      host: '127.0.0.1',
      port: 0,
      handleRuntimeStdio: () => {},
    });
    try {
      await miniflare.ready;
      return undefined;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return /Uncaught [^\n]*/.exec(text)?.[0] ?? text;
    } finally {
      await miniflare.dispose().catch(() => undefined);
    }
  }

  query = (id: string, sql: string, params: readonly unknown[]) =>
    this.#inTurn(async () => {
      const database = await (await this.#fresh(`d1:${id}`)).database(id);
      try {
        const statement = database.prepare(sql).bind(...params);
        const { results, meta } = await statement.all();
        return [{ results, success: true, meta }];
      } catch (error) {
        throw new ApiError(400, 7500, error instanceof Error ? error.message : String(error));
      }
    });

  objects = (name: string) =>
    this.#inTurn(async () => {
      const bucket = await (await this.#fresh(`r2:${name}`)).bucket(name);
      const { objects } = await bucket.list({ limit: 1_000 });
      return objects.map(({ key, size, etag, uploaded }) => ({
        key,
        size,
        etag,
        last_modified: uploaded.toISOString(),
      }));
    });

  deleteObjects = (name: string, keys: readonly string[]) =>
    this.#inTurn(async () => {
      const bucket = await (await this.#fresh(`r2:${name}`)).bucket(name);
      await bucket.delete([...keys]);
    });

  /** The cell that runs the script as the account has it now, entered: leave it when the request has ended. */
  async enter(script: string): Promise<{ url: URL; leave: () => void }> {
    const member = `script:${script}`;
    const cell = cellsOf(this.#content).find(({ members }) => members.has(member));
    const running = this.#running.get(cell?.fingerprint ?? '');
    if (running !== undefined) return { url: running.url, leave: running.enter() };
    return this.#inTurn(async () => {
      const started = await this.#fresh(member);
      return { url: started.url, leave: started.enter() };
    });
  }

  /** The account has changed: what runs and is touched by it will be started anew. */
  changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#running.size > 0)
        this.#inTurn(() => this.#refresh()).catch((error: unknown) =>
          this.logs.push(String(error)),
        );
    }, SETTLE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#isClosed = true;
    await this.#turn.catch(() => undefined);
    await Promise.all([...this.#running.values()].map(({ miniflare }) => miniflare.dispose()));
  }

  /** No cell may change while another is asked or started: they hand files to each other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.catch(() => undefined).then(work);
    this.#turn = next;
    return next;
  }

  async #fresh(member: string): Promise<RunningCell> {
    const cells = await this.#refresh(member);
    const cell = cells.find(({ members }) => members.has(member));
    const running = this.#running.get(cell?.fingerprint ?? '');
    if (running === undefined) throw new Error(`${member} is not in the account.`);
    return running;
  }

  async #refresh(needed?: string): Promise<readonly Cell[]> {
    if (this.#isClosed) throw new Error('The account is closed.');
    const cells = cellsOf(this.#content);
    const current = new Set(cells.map(({ fingerprint }) => fingerprint));
    const stale = [...this.#running].filter(([fingerprint]) => !current.has(fingerprint));
    await Promise.all(
      stale.map(async ([fingerprint, running]) => {
        for (const { name } of running.cell.scripts) this.#interrupted.add(`script:${name}`);
        this.#running.delete(fingerprint);
        await running.stop();
      }),
    );
    const due = cells.filter(
      ({ members, fingerprint }) =>
        !this.#running.has(fingerprint) &&
        ((needed !== undefined && members.has(needed)) ||
          !members.isDisjointFrom(this.#interrupted)),
    );
    for (const cell of due) {
      const running = await RunningCell.start(this.#content, cell, this.#dir, {
        logs: this.logs,
        edgeUrl: this.#edgeUrl,
      });
      this.#running.set(cell.fingerprint, running);
    }
    this.#interrupted.clear();
    return cells;
  }
}
