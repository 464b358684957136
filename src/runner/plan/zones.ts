// Does the account have a zone for each host a Worker is to answer at? Alchemy finds out only after it has taken the
// Worker's old domain away.
import { z } from 'zod';

import { type Account, createAskCloudflare } from '../../cloudflare/api.ts';
import type { Warning } from '../../contract/plan.ts';
import { fieldsOf, listOf, textOf } from '../narrow.ts';
import type { PlanNode } from './node.ts';
import { WORKER } from './worker-classes.ts';

export const domainWarnings = async (
  nodes: readonly PlanNode[],
  account: Account,
): Promise<Warning[]> => {
  const answers = new Map<string, Promise<boolean | undefined>>();
  const hasZone = (name: string) => {
    const known = answers.get(name) ?? lookUp(name, account);
    answers.set(name, known);
    return known;
  };
  const wanted = nodes
    .filter(({ type }) => type === WORKER)
    .flatMap((node) => hostsOf(node.props).map((host) => ({ id: node.id, host })));
  const warnings = await Promise.all(
    wanted.map(async ({ id, host }) => warningOf(id, host, await zoneState(host, hasZone))),
  );
  return warnings.flat();
};

/** The hosts whose zone Alchemy would have to find by name. */
export const hostsOf = (props: unknown): string[] => {
  const { domain, routes } = fieldsOf(props);
  const { name, aliases, ...zone } = fieldsOf(domain);
  const isPinned = Object.keys(zone).some((key) => key.startsWith('zone'));
  const domains = isPinned ? [] : [domain, name, ...listOf(aliases)];
  const patterns = listOf(routes)
    .map(fieldsOf)
    .filter((route) => !Object.keys(route).some((key) => key.startsWith('zone')))
    .map(({ pattern }) => hostOf(textOf(pattern)));
  return [...new Set([...domains.map(textOf), ...patterns])].filter((host) => host !== undefined);
};

const hostOf = (pattern: string | undefined): string | undefined =>
  pattern
    ?.replace(/^https?:\/\//, '')
    .replace(/[/:].*$/, '')
    .replace(/^\*\.?/, '') || undefined;

/** The host itself, then each parent down to two labels. */
const zoneState = async (
  host: string,
  hasZone: (name: string) => Promise<boolean | undefined>,
): Promise<boolean | undefined> => {
  const labels = host.split('.');
  for (let at = 0; at <= labels.length - 2; at++) {
    const answer = await hasZone(labels.slice(at).join('.'));
    if (answer !== false) return answer;
  }
  return false;
};

/** Undefined when nobody could say. */
const lookUp = async (name: string, account: Account): Promise<boolean | undefined> => {
  const zones = await createAskCloudflare(account)({
    path: '/zones',
    query: { name, 'account.id': account.id, per_page: '1' },
    answer: z.array(z.object({ name: z.string() })),
  });
  return zones.ok ? zones.value.some((zone) => zone.name === name) : undefined;
};

const warningOf = (id: string, host: string, isThere: boolean | undefined): Warning[] => {
  if (isThere === true) return [];
  const code = 'DOMAIN_WITHOUT_ZONE';
  const blocked = `No zone of the account holds ${host}: ${id} would lose its old domain and get no new one.`;
  const unsure = `Whether the account has a zone for ${host} could not be checked; without one, ${id} would lose its old domain.`;
  return isThere === false
    ? [{ code, id, message: blocked.slice(0, 500), isBlocking: true }]
    : [{ code, id, message: unsure.slice(0, 500) }];
};
