import { describe, expect, it } from 'bun:test';

import { ok } from '../lib/result.ts';
import { wayBack } from './previous-version.ts';
import { takenBack } from './served-version.ts';
import type { Deployment, VersionDetail } from './worker-versions.ts';

const idOf = (number: number): string =>
  `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`;

/** `content` by number; a version that is not given is kept no longer. */
const store = (contents: Readonly<Record<number, string>>) => async (id: string) => {
  const number = Number(id.slice(-12));
  const content = contents[number];
  if (content === undefined)
    return {
      ok: false,
      error: { type: 'refused', status: 404, code: 10_025, message: '' },
    } as const;
  const bindingTypes = content === 'placeholder' ? ['durable_object_namespace'] : ['d1'];
  return ok<VersionDetail>({ id, number, createdOn: '', content, bindingTypes });
};

/** What served, latest first; a list is a gradual deployment. */
const history = (...served: readonly (number | readonly number[])[]): Deployment[] =>
  served.map((numbers) => ({ createdOn: 'then', versionIds: [numbers].flat().map(idOf) }));

const previous = async (
  deployments: readonly Deployment[],
  contents: Readonly<Record<number, string>>,
): Promise<number | undefined> => {
  const way = await wayBack(deployments, store(contents));
  return way.ok ? way.value?.previous?.number : -1;
};

describe('what served before', () => {
  const five = { 1: 'a', 2: 'b', 3: 'c', 4: 'd', 5: 'e' };

  it('is the version of the deployment before', async () => {
    expect(await previous(history(5, 4, 3), five)).toBe(4);
  });

  it('is something else: the same code uploaded again is no way back', async () => {
    expect(await previous(history(5, 4, 3), { ...five, 4: 'e' })).toBe(3);
  });

  it('is not the placeholder of a first deploy', async () => {
    expect(await previous(history(3, 2, 1), { 1: 'placeholder', 2: 'b', 3: 'b' })).toBeUndefined();
  });

  it('lies further back after going back, and is never the version that one came from', async () => {
    expect(await previous(history(3, 5, 4, 3, 2), five)).toBe(2);
    expect(await previous(history(2, 5), five)).toBeUndefined();
  });

  it('is what served, not what was uploaded: a version that was gone back from is skipped', async () => {
    expect(await previous(history(5, 2, 4, 3, 2), five)).toBe(2);
  });

  it('is the older one of a gradual deployment', async () => {
    expect(await previous(history([5, 3], 4), five)).toBe(3);
  });

  it('is sought further where a version is kept no longer', async () => {
    const { 4: _, ...without } = five;
    expect(await previous(history(5, 4, 3), without)).toBe(3);
  });

  it('is told as a failure where Cloudflare does not say', async () => {
    const way = await wayBack(history(5, 4), async () => ({
      ok: false,
      error: { type: 'unreachable' },
    }));
    expect(way).toEqual({ ok: false, error: { type: 'unreachable' } });
  });

  it('is nothing where nothing was deployed', async () => {
    expect(await wayBack([], store({}))).toEqual({ ok: true, value: undefined });
  });
});

describe('a Worker', () => {
  const versions = [5, 4, 3, 2, 1].map((number) => ({ id: idOf(number), number, createdOn: '' }));
  const servedInsteadOf = (deployments: readonly Deployment[]) => {
    const taken = takenBack(deployments, versions);
    return taken && [taken.served.number, taken.newest.number];
  };

  it('is as it was deployed while the newest version serves, alone or with another', () => {
    expect(servedInsteadOf(history(5, 4))).toBeUndefined();
    expect(servedInsteadOf(history([5, 4], 4))).toBeUndefined();
  });

  it('was taken back when an older version serves than has served before', () => {
    expect(servedInsteadOf(history(3, 5, 4, 3))).toEqual([3, 5]);
    expect(servedInsteadOf(history(2, 3, 5))).toEqual([2, 5]);
  });

  it('is not taken back by an upload that never served', () => {
    expect(servedInsteadOf(history(4, 3))).toBeUndefined();
  });

  it('is not said to be where that cannot be known', () => {
    expect(servedInsteadOf([])).toBeUndefined();
    expect(takenBack(history(9, 5), versions)).toBeUndefined();
  });
});
