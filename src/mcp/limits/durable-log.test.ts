// What the log promises of its disk, over a real SQLite whose transactions can be counted and made to fail.
import { Database } from 'bun:sqlite';
import { describe, expect, it } from 'bun:test';

import { DurableLog } from './durable-log.ts';

const MINUTE = 60_000;

/** The part of a Durable Object's storage that the log uses. */
const openDisk = () => {
  const database = new Database(':memory:');
  const disk = { commits: 0, inserts: 0, isFull: false };
  const exec = (query: string, ...values: number[]) => {
    if (query.startsWith('INSERT')) disk.inserts += 1;
    const rows = database.query(query).all(...values);
    return { toArray: () => rows };
  };
  const transactionSync = (write: () => void) => {
    if (disk.isFull) throw new Error('SQLITE_FULL');
    disk.commits += 1;
    database.transaction(write)();
  };
  const storage = { sql: { exec }, transactionSync } as unknown as DurableObjectStorage;
  const rows = () => exec('SELECT at, count FROM admission ORDER BY at').toArray();
  return { disk, rows, open: () => new DurableLog(storage, MINUTE) };
};

const many = <T>(count: number, one: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, one));

describe('a log on disk', () => {
  it('writes all admissions of a turn at once, and nothing for a refusal', async () => {
    const { disk, rows, open } = openDisk();
    const log = open();
    const decisions = await many(80, () => log.take(50, 1_000));
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(50);
    expect(disk.commits).toBe(1);
    expect(rows()).toEqual([{ at: 1_000, count: 50 }]);
    await many(10, () => log.take(50, 2_000));
    expect(disk.commits).toBe(1);
  });

  it('tells of an admission when it is on disk, and not before', async () => {
    const { rows, open } = openDisk();
    const log = open();
    let isTold = false;
    const taken = log.take(5, 1_000).then(() => {
      isTold = true;
    });
    await Promise.resolve();
    expect({ isTold, rows: rows() }).toEqual({ isTold: false, rows: [] });
    await taken;
    expect(rows()).toEqual([{ at: 1_000, count: 1 }]);
  });

  it('admits nobody whose admission it could not write, and still counts them', async () => {
    const { disk, rows, open } = openDisk();
    const log = open();
    disk.isFull = true;
    const failed = await Promise.allSettled([log.take(5, 1_000), log.take(5, 1_001)]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    disk.isFull = false;
    expect((await log.take(5, 1_002)).remaining).toBe(2);
    // The next write takes along what the last one left out.
    expect(rows()).toEqual([
      { at: 1_000, count: 1 },
      { at: 1_001, count: 1 },
      { at: 1_002, count: 1 },
    ]);
    expect((await open().take(5, 1_003)).remaining).toBe(1);
  });

  it('writes what is new, and keeps only what counts', async () => {
    const { disk, rows, open } = openDisk();
    const log = open();
    for (let at = 1_000; at < 301_000; at += 1_000) await log.take(100, at);
    expect(disk.inserts).toBe(300);
    expect(rows()).toHaveLength(60);
    expect(open().used(300_000)).toBe(60);
  });

  it('moves with a clock that was put back, on disk too', async () => {
    const { rows, open } = openDisk();
    const log = open();
    await log.take(2, 900_000);
    await log.take(2, 901_000);
    expect((await log.take(2, 500_000)).allowed).toBe(false);
    await log.take(3, 510_000);
    expect(rows()).toEqual([
      { at: 499_000, count: 1 },
      { at: 500_000, count: 1 },
      { at: 510_000, count: 1 },
    ]);
  });
});
