// What Cloudflare checks of the bindings of an upload before it accepts it: that their targets are there. The codes are
// those by which Alchemy's client knows each case.
import type { Content, HostedClass, Script } from './content.ts';
import { refuse } from './envelope.ts';
import type { Binding } from './upload.ts';

interface Owner {
  readonly name: string;
  /** As they are after the upload's migrations. */
  readonly classes: ReadonlyMap<string, HostedClass>;
}

/** What stands between a binding and its use; undefined when nothing does. */
type Problem = { readonly code: number; readonly message: string } | undefined;

type Check = (content: Content, binding: Binding, owner: Owner) => Problem;

const anything: Check = () => undefined;

/** The kinds that can be bound here. Any other is refused, so that no test runs without what it deploys. */
const CHECKS: Readonly<Record<string, Check>> = {
  plain_text: anything,
  secret_text: anything,
  json: anything,
  version_metadata: anything,
  ratelimit: anything,
  analytics_engine: anything,
  kv_namespace: ({ namespaces }, { namespace_id = '' }) =>
    unless(namespaces.has(namespace_id), 10041, `KV namespace '${namespace_id}' not found.`),
  d1: ({ databases }, binding) =>
    unless(
      databases.has(databaseId(binding)),
      10181,
      `D1 binding '${binding.name}' references database '${databaseId(binding)}' which was not found.`,
    ),
  r2_bucket: ({ buckets }, { bucket_name = '' }) =>
    unless(buckets.has(bucket_name), 10085, `R2 bucket '${bucket_name}' not found.`),
  queue: ({ queues }, { queue_name = '' }) =>
    unless(
      [...queues.values()].some((row) => row.queue_name === queue_name),
      11000,
      `Queue "${queue_name}" does not exist. Please create the queue and try again.`,
    ),
  secrets_store_secret: ({ secrets }, { store_id, secret_name }) =>
    unless(
      [...secrets.values()].some((row) => row.store_id === store_id && row.name === secret_name),
      10182,
      `Secrets Store secret '${secret_name}' not found.`,
    ),
  service: ({ scripts }, { name, service = '' }, owner) =>
    unless(
      service === owner.name || scripts.has(service),
      10144,
      `Could not resolve service binding '${name}'. Target script '${service}' not found.`,
    ),
  workflow: anything,
  durable_object_namespace: (content, binding, owner) =>
    unless(
      classOf(content, binding, owner) !== undefined,
      10061,
      `Cannot create binding for class '${binding.class_name}': script '${binding.script_name ?? owner.name}' has no such class.`,
    ),
};

const unless = (isFine: boolean, code: number, message: string): Problem =>
  isFine ? undefined : { code, message };

export const databaseId = ({ database_id, id = '' }: Binding): string => database_id ?? id;

export const classOf = (
  { scripts }: Content,
  { class_name = '', script_name }: Binding,
  owner: Owner,
): HostedClass | undefined => {
  const host =
    script_name === undefined || script_name === owner.name ? owner : scripts.get(script_name);
  return host?.classes.get(class_name);
};

const problemOf: Check = (content, binding, owner) => {
  const check = CHECKS[binding.type];
  return check === undefined
    ? { code: 10021, message: `This emulated account cannot bind "${binding.type}".` }
    : check(content, binding, owner);
};

/** The target is there: at upload it had to be, later it may have gone. */
export const isBound = (content: Content, binding: Binding, script: Script): boolean =>
  problemOf(content, binding, script) === undefined;

/** The bindings as Cloudflare keeps them. Refuses those that lead nowhere. */
export const resolveBindings = (
  content: Content,
  bindings: readonly Binding[],
  owner: Owner,
): Binding[] =>
  bindings.map((binding) => {
    const problem = problemOf(content, binding, owner);
    if (problem !== undefined) refuse(400, problem.code, problem.message);
    return binding.type === 'durable_object_namespace'
      ? { ...binding, namespace_id: classOf(content, binding, owner)?.id }
      : binding;
  });
