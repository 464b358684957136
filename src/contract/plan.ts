// What an operation would change, as a runner computes it and callers read it. Nothing in here comes from Alchemy's state
// or a stack's properties unless the runner's allow-list names it.
import { z } from 'zod';

export const PLAN_ACTIONS = [
  'create',
  'update',
  'adopt',
  'replace',
  'delete',
  'noop',
  'run',
] as const;

export type PlanAction = (typeof PLAN_ACTIONS)[number];

/** The path under which a Worker's modules are shown, as one hash. */
export const CODE_PROPERTY = 'code';

export const propertyChangeSchema = z.object({
  /** Where in the resource's properties, such as `env.DB` or `migrationsHashes.0001_init.sql`. */
  path: z.string().max(300),
  /** What is there now; null where nothing is. `(hidden)` and `(secret)` stand for values that are not shown. */
  from: z.string().max(300).nullable(),
  to: z.string().max(300).nullable(),
});

export const plannedResourceSchema = z.object({
  id: z.string().min(1).max(500),
  type: z.string().min(1).max(200),
  action: z.enum(PLAN_ACTIONS),
  properties: z.array(propertyChangeSchema).max(500),
});

/** What Alchemy's rows do not say. Whoever deploys such a plan must have seen it: it needs its planId. */
export const WARNING_CODES = [
  /** A resource of that name exists outside the state and would be taken over; destroying the stage would delete it. */
  'ADOPTED',
  /** Deleted and created again: its data is gone. */
  'REPLACED',
  /** No longer in the stack: deleted, with its data. */
  'DELETED',
  /** A Worker loses a Durable Object class, and with it the data of every instance. */
  'CLASS_DATA_LOST',
  /** A bucket that holds objects is not deleted by Cloudflare: the operation would stop half-way. */
  'BUCKET_NOT_EMPTY',
  /** No zone of the account holds the domain: the Worker would lose its old domain and get no new one. */
  'DOMAIN_WITHOUT_ZONE',
  /** The state says it is there, and it is not, or it is not as the state says. */
  'DRIFTED',
] as const;

export const warningSchema = z.object({
  code: z.enum(WARNING_CODES),
  /** The resource it is about. */
  id: z.string().min(1).max(500),
  message: z.string().min(1).max(500),
  /** The operation would stop half-way over it: whoever agreed, it does not begin. */
  isBlocking: z.literal(true).optional(),
});

/** The data of a resource that would be gone. Null where that cannot be known; `detail` then says why. */
export const lossSchema = z.object({
  id: z.string().min(1).max(500),
  type: z.string().min(1).max(200),
  tables: z.int().nonnegative().nullable().optional(),
  rows: z.int().nonnegative().nullable().optional(),
  objects: z.int().nonnegative().nullable().optional(),
  bytes: z.int().nonnegative().nullable().optional(),
  keys: z.int().nonnegative().nullable().optional(),
  instances: z.int().nonnegative().nullable().optional(),
  messages: z.int().nonnegative().nullable().optional(),
  /** False where the counts are lower bounds. */
  isComplete: z.boolean(),
  detail: z.string().max(500),
});

export const DRIFT_STATUSES = ['in_sync', 'drifted', 'missing', 'unknown'] as const;

export const driftedResourceSchema = z.object({
  id: z.string().min(1).max(500),
  type: z.string().min(1).max(200),
  status: z.enum(DRIFT_STATUSES),
  properties: z.array(
    z.object({
      path: z.string().max(300),
      expected: z.string().max(300).nullable(),
      actual: z.string().max(300).nullable(),
    }),
  ),
  /** How it was found out, or why it could not be. */
  detail: z.string().max(500),
});

export const driftSchema = z.object({
  /** `live`: Cloudflare was asked. `local`: our own probes, since the local cloud cannot be observed from outside. */
  mode: z.enum(['live', 'local']),
  resources: z.array(driftedResourceSchema).max(2_000),
});

/** HMAC-SHA-256 in hex, keyed by the runner's token: what is short and secret in a plan cannot be guessed from it. */
const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const planSchema = z.object({
  verb: z.enum(['deploy', 'destroy']),
  stack: z.string().min(1).max(200),
  stage: z.string().min(1).max(100),
  /** Over everything the operation depends on: rows, every property, secrets, code, files, Alchemy's state. */
  digest,
  /** The same over each resource alone, and over the rest of the state as `*`: to say what moved. */
  fingerprints: z.record(z.string(), digest),
  /** Sorted by id. */
  resources: z.array(plannedResourceSchema).max(2_000),
  warnings: z.array(warningSchema).max(2_000),
  /** Of a destroy, and of a deploy that deletes or replaces. */
  losses: z.array(lossSchema).max(2_000),
  /** In live mode, since Alchemy compares with its state alone and would call a deleted resource unchanged. */
  drift: driftSchema.optional(),
});

export type PropertyChange = z.output<typeof propertyChangeSchema>;
export type PlannedResource = z.output<typeof plannedResourceSchema>;
export type Warning = z.output<typeof warningSchema>;
export type Loss = z.output<typeof lossSchema>;
export type DriftedResource = z.output<typeof driftedResourceSchema>;
export type Drift = z.output<typeof driftSchema>;
export type Plan = z.output<typeof planSchema>;

export type PlanSummary = Readonly<Record<PlanAction, number>>;

/** How many resources each action meets. */
export const summaryOf = (resources: readonly Pick<PlannedResource, 'action'>[]): PlanSummary => {
  const count = (wanted: PlanAction) => resources.filter(({ action }) => action === wanted).length;
  return {
    create: count('create'),
    update: count('update'),
    adopt: count('adopt'),
    replace: count('replace'),
    delete: count('delete'),
    noop: count('noop'),
    run: count('run'),
  };
};

/** What must be typed to destroy a protected stage: it names the stage and how much of it goes. */
export const phraseFor = ({ stage, resources }: Pick<Plan, 'stage' | 'resources'>): string =>
  `destroy ${stage} ${resources.filter(({ action }) => action === 'delete').length} resources`;
