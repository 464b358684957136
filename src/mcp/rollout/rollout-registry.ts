// One object per stage: the truth about its rollout. It alone reads and writes the flags in KV, so that every isolate
// hears the same within seconds, wherever it is. What is believed of KV, and when, is decided in reconcile.ts.
import { DurableObject } from 'cloudflare:workers';

import { now } from '../../lib/clock.ts';
import { errorName } from '../../lib/error-name.ts';
import { log } from '../../lib/log.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { within } from '../../lib/within.ts';
import { type Flags, flagsOf, type HistoryEntry, type Setting, settingOf } from './flags.ts';
import { historyIn, type HistoryPage } from './history.ts';
import {
  type KvFlags,
  MAX_TOOLS,
  type OtherFlags,
  otherFlagsSchema,
  readFlags,
  writePercentage,
} from './kv-flags.ts';
import {
  type Change,
  decided,
  firstSeen,
  observed,
  type RolloutState,
  stateSchema,
  written,
} from './reconcile.ts';

export interface RegistryEnv {
  readonly MCP_KV: KVNamespace;
  readonly DARK_LAUNCH_DEFAULT?: string;
}

export interface SettingChange extends Change {
  /** ETags of which the current one must be one; absent, any will do. */
  readonly expected?: readonly string[];
}

const STATE = 'state';
const OTHERS = 'others';
/** With KV's own 30 s and the isolates' 4 s this keeps a KV write's way under the minute. */
const LOOK_EVERY_MS = 10_000;
/** Less than an isolate waits for us: slow KV must not look like a dead registry. */
const LOOK_PATIENCE_MS = 1_000;
const WRITE_PATIENCE_MS = 5_000;
const RETRY_MS = 5_000;
/** After that a read of KV is given up, and its answer ignored if it still comes. */
const LOST_MS = 15_000;
const UNWRITTEN =
  'MCP_KV could not be written yet; the change is in force, and the write is tried again.';
const UNREADABLE = 'MCP_KV cannot be read; what was last known counts.';

export class RolloutRegistry extends DurableObject<RegistryEnv> {
  readonly #history = historyIn(this.ctx.storage.sql);
  #state = stateSchema.optional().parse(this.ctx.storage.kv.get(STATE));
  #others = otherFlagsSchema.optional().parse(this.ctx.storage.kv.get(OTHERS));
  #look: { readonly startedAt: number; readonly done: Promise<void> } | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isKvReadable = true;
  /** In memory on purpose: it is a fact about the place this object runs at. */
  #isOwnSeen = false;
  #write: Promise<void> | undefined;

  /** What the edge decides by. Throws while nothing is known, which closes. */
  async read(tools: readonly string[]): Promise<Flags> {
    await this.#lookIfDue(tools);
    if (this.#state === undefined || this.#others === undefined)
      throw new Error('MCP_KV has never been read.');
    const flags = flagsOf(this.#settingOf(this.#state), this.#others, tools);
    return this.#isKvReadable ? flags : { ...flags, problems: [...flags.problems, UNREADABLE] };
  }

  async setting(): Promise<Setting> {
    await this.#lookIfDue([]);
    return this.#settingOf(this.#current());
  }

  /** Compare and set: of those who expect the same, one wins. The others hear what is in force. */
  async put({ expected, ...change }: SettingChange): Promise<Result<Setting, Setting>> {
    await this.#lookIfDue([]);
    const before = this.#current();
    const current = this.#settingOf(before);
    if (expected !== undefined && !expected.includes(current.etag)) return err(current);
    // Nothing is awaited between the comparison and here.
    const after = decided(before, change, now());
    this.#commit(after);
    this.#isOwnSeen = false;
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    // KV is written even if this object dies before it has.
    await this.ctx.storage.setAlarm(now() + RETRY_MS);
    await within(this.#writeKv(), WRITE_PATIENCE_MS);
    const isUnwritten = this.#state?.isUnwritten ?? false;
    return ok(this.#settingOf({ ...after, isUnwritten }));
  }

  history(page: HistoryPage): HistoryEntry[] {
    return this.#history.read(page);
  }

  /** Only due while KV has still to be written. Looks first: what wrangler wrote meanwhile must not be overwritten unseen. */
  override async alarm(): Promise<void> {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    await this.#lookIfDue([]);
    await this.#writeKv();
  }

  /** Before KV was ever read, an absent value will do for a start: the first look tells. */
  #current(): RolloutState {
    return this.#state ?? { ...firstSeen({ text: null }, now()), version: 0 };
  }

  #settingOf(state: RolloutState): Setting {
    const setting = settingOf(state, this.env.DARK_LAUNCH_DEFAULT);
    return state.isUnwritten && setting.problem === undefined
      ? { ...setting, problem: UNWRITTEN }
      : setting;
  }

  async #lookIfDue(tools: readonly string[]): Promise<void> {
    // Twice, because the look that is under way may have begun without these tools.
    for (let turn = 0; turn < 2 && this.#isLookDue(tools); turn++) {
      const time = now();
      if (this.#look === undefined || time - this.#look.startedAt > LOST_MS)
        this.#look = { startedAt: time, done: this.#readKv(tools, time) };
      const hasEnded = await within(
        this.#look.done.then(() => true),
        LOOK_PATIENCE_MS,
      );
      if (hasEnded !== true) return;
    }
  }

  #isLookDue(tools: readonly string[]): boolean {
    const time = now();
    const settlesAt = this.#state?.settlesAt ?? 0;
    const knows = (tool: string) => this.#others?.tools.has(tool) ?? false;
    return (
      time - this.#lookedAt >= LOOK_EVERY_MS ||
      time < this.#lookedAt ||
      (time >= settlesAt && this.#lookedAt < settlesAt) ||
      (this.#isKvReadable && !tools.slice(0, MAX_TOOLS).every(knows))
    );
  }

  async #readKv(tools: readonly string[], startedAt: number): Promise<void> {
    try {
      const all = new Set([...tools, ...(this.#others?.tools.keys() ?? [])]);
      const flags = await readFlags(this.env.MCP_KV, all.size > MAX_TOOLS ? tools : [...all]);
      this.#isKvReadable = true;
      // A look that was given up may be older than what is known by now.
      if (this.#look?.startedAt === startedAt) this.#believe(flags);
    } catch (error) {
      this.#isKvReadable = false;
      log('ERROR', 'rollout.kv_unreadable', { error: errorName(error) });
    } finally {
      if (this.#look?.startedAt === startedAt) {
        this.#lookedAt = startedAt;
        this.#look = undefined;
      }
    }
  }

  #believe({ percentage, others }: KvFlags): void {
    const time = now();
    const before = this.#state;
    const after =
      before === undefined
        ? firstSeen(percentage, time)
        : observed(before, percentage, { now: time, isOwnSeen: this.#isOwnSeen });
    if (after.source === 'admin' && percentage.mark === after.version) this.#isOwnSeen = true;
    if (after !== before) this.#commit(after);
    if (fingerprint(others) !== fingerprint(this.#others)) this.ctx.storage.kv.put(OTHERS, others);
    this.#others = others;
    if (after.isUnwritten) this.ctx.waitUntil(this.#writeKv());
  }

  /** The state, and the record of the change it is the outcome of: both or none. */
  #commit(after: RolloutState): void {
    const before = this.#current();
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.kv.put(STATE, after);
      if (after.version !== before.version && after.updatedBy !== 'default')
        this.#history.add(this.#entry(before, after));
    });
    this.#state = after;
  }

  #entry(before: RolloutState, after: RolloutState): HistoryEntry {
    const from = this.#settingOf(before).percentage;
    const { percentage: to, problem } = settingOf(after, this.env.DARK_LAUNCH_DEFAULT);
    const { version, updatedBy: by, source } = after;
    log(problem === undefined ? 'INFO' : 'ERROR', 'rollout.changed', { by, from, to, problem });
    const at = new Date(after.updatedAt).toISOString();
    return { version, at, by, source, from, to, ...(problem !== undefined && { problem }) };
  }

  #writeKv(): Promise<void> {
    if (this.#state?.isUnwritten !== true) return Promise.resolve();
    this.#write ??= this.#writeAll();
    return this.#write;
  }

  /** One writer at a time, which ends with the latest: KV takes one write a second of a key, and keeps the last it took. */
  async #writeAll(): Promise<void> {
    try {
      while (this.#state?.isUnwritten === true) {
        const { text, version } = this.#state;
        const write = writePercentage(this.env.MCP_KV, text, version).then(() => true);
        if ((await within(write, LOST_MS)) !== true) throw new Error('MCP_KV does not answer.');
        this.#commit(written(this.#state, version, now()));
        if (!this.#state.isUnwritten) await this.ctx.storage.deleteAlarm();
      }
    } catch (error) {
      log('ERROR', 'rollout.kv_unwritten', { error: errorName(error) });
      await this.ctx.storage.setAlarm(now() + RETRY_MS);
    } finally {
      this.#write = undefined;
    }
  }
}

const fingerprint = (others: OtherFlags | undefined): string =>
  JSON.stringify(others && [others.testers, ...others.tools]);
