// A make-believe stack for a scripted runner: what it would change is what the test says, and each job does just that.
import type { Drift, Loss, Plan, PlannedResource, Warning } from '../../src/contract/plan.ts';
import type { LeasedJob, Outcome } from '../../src/contract/runner-protocol.ts';
import type { Snapshot } from '../../src/contract/snapshot.ts';
import type { Hands, Script } from './scripted-runner.ts';

export interface ScriptedStage {
  resources: readonly PlannedResource[];
  warnings?: readonly Warning[];
  losses?: readonly Loss[];
  drift?: Drift;
  outputs?: Readonly<Record<string, string>>;
  /** Where the stage's own MCP server answers, once deployed. */
  serverUrl?: string;
  /** Called before the effect, after `begin`. */
  during?: (hands: Hands) => Promise<Outcome | void>;
}

export const resource = (
  id: string,
  action: PlannedResource['action'] = 'create',
  type = 'Cloudflare.KV.Namespace',
): PlannedResource => ({ id, type, action, properties: [] });

const hash = (value: unknown): string =>
  new Bun.CryptoHasher('sha256').update(JSON.stringify(value)).digest('hex');

const planOf = (stage: string, verb: Plan['verb'], scripted: ScriptedStage): Plan => {
  const { warnings = [], losses = [] } = scripted;
  const resources = scripted.resources
    .map((row) => (verb === 'destroy' ? { ...row, action: 'delete' as const } : row))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return {
    verb,
    stack: 'demo',
    stage,
    digest: hash([verb, stage, resources]),
    fingerprints: Object.fromEntries(resources.map((row) => [row.id, hash(row)])),
    resources,
    warnings: [...warnings],
    losses: [...losses],
  };
};

/** Plays the stages by what `of` says of each at that moment. */
export const playing =
  (of: (stage: string) => ScriptedStage): Script =>
  async (hands) => {
    const { kind, stage } = hands.job;
    const scripted = of(stage);
    switch (kind) {
      case 'deploy_plan':
        return { status: 'succeeded', plan: planOf(stage, 'deploy', scripted) };
      case 'destroy_plan':
        return { status: 'succeeded', plan: planOf(stage, 'destroy', scripted) };
      case 'drift':
        return { status: 'succeeded', drift: scripted.drift ?? { mode: 'local', resources: [] } };
      case 'deploy':
      case 'destroy':
        return effect(hands, scripted, kind);
    }
  };

const effect = async (
  hands: Hands,
  scripted: ScriptedStage,
  verb: Plan['verb'],
): Promise<Outcome | undefined> => {
  const plan = planOf(hands.job.stage, verb, scripted);
  if (!(await hands.begin(plan))) return undefined;
  const early = await scripted.during?.(hands);
  if (early !== undefined) return early;
  const done = verb === 'deploy' ? 'created' : 'deleted';
  for (const { id, type } of plan.resources)
    await hands.tell({ type: 'resource', id, resourceType: type, status: done });
  return {
    status: 'succeeded',
    ...(scripted.outputs !== undefined && { outputs: { ...scripted.outputs } }),
    snapshot: snapshotOf(hands.job, verb === 'deploy' ? scripted : { resources: [] }),
  };
};

const snapshotOf = ({ stage }: LeasedJob, { resources, serverUrl }: ScriptedStage): Snapshot => ({
  stack: 'demo',
  stage,
  publishedAt: new Date().toISOString(),
  resources: resources.map(({ id, type }) => ({
    id,
    type,
    status: 'created',
    changedAt: new Date().toISOString(),
    mode: 'local',
    physicalName: id === 'mcp-server' ? `mcp-server-${stage}` : null,
    url: id === 'mcp-server' ? (serverUrl ?? null) : null,
    className: null,
    host: null,
    objects: [],
  })),
});
