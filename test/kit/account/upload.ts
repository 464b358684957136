// A Worker upload: `metadata`, and a part for each module.
// Cloudflare API reference: "Workers → Scripts → Upload Worker Module"; "Multipart upload metadata".
import { z } from 'zod';

import { type HostedClass, newId } from './content.ts';
import { refuse } from './envelope.ts';
import type { Form } from './route.ts';

const text = z.string().optional();

/** Every kind in one form: what a kind needs of it is checked where it is bound. */
const bindingSchema = z.looseObject({
  type: z.string(),
  name: z.string(),
  namespace_id: text,
  id: text,
  database_id: text,
  bucket_name: text,
  queue_name: text,
  dataset: text,
  class_name: text,
  script_name: text,
  workflow_name: text,
  store_id: text,
  secret_name: text,
  service: text,
  entrypoint: text,
  text,
  json: z.json().optional(),
  simple: z.object({ limit: z.number(), period: z.literal([10, 60]) }).optional(),
});

const names = z.array(z.string()).default([]);
const moves = z
  .array(z.object({ from: z.string(), to: z.string(), from_script: text }))
  .default([]);

const migrationStep = z.object({
  new_classes: names,
  new_sqlite_classes: names,
  deleted_classes: names,
  renamed_classes: moves,
  transferred_classes: moves,
});

const migrationsSchema = migrationStep.extend({
  old_tag: text,
  new_tag: text,
  steps: z.array(migrationStep).optional(),
});

const metadataSchema = z.looseObject({
  main_module: z.string(),
  compatibility_date: z.string().default('2021-11-02'),
  compatibility_flags: names,
  bindings: z.array(bindingSchema).default([]),
  keep_bindings: names,
  migrations: migrationsSchema.optional(),
  tags: names,
  observability: z.looseObject({ enabled: z.boolean() }).default({ enabled: false }),
  logpush: z.boolean().default(false),
  placement: z.unknown().default({}),
  limits: z.unknown().default({}),
  tail_consumers: z.unknown().default(null),
  annotations: z.record(z.string(), z.string()).default({}),
});

export type Binding = z.output<typeof bindingSchema>;
export type Metadata = z.output<typeof metadataSchema>;
type Migrations = z.output<typeof migrationsSchema>;
type Step = z.output<typeof migrationStep>;

interface Module {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface Upload {
  readonly metadata: Metadata;
  readonly modules: readonly Module[];
}

export const readUpload = async (form: Form): Promise<Upload> => {
  const modules: Module[] = [];
  let given: unknown;
  for (const [field, part] of form.entries()) {
    const isText = typeof part === 'string';
    if (field === 'metadata') given = JSON.parse(isText ? part : await part.text());
    else if (!isText)
      modules.push({ name: part.name || field, type: part.type, bytes: await part.bytes() });
  }
  const parsed = metadataSchema.safeParse(given);
  if (!parsed.success)
    return refuse(400, 10021, `Invalid metadata: ${parsed.error.issues[0]?.message}`);
  const { main_module } = parsed.data;
  if (!modules.some(({ name }) => name === main_module))
    refuse(400, 10021, `No such module "${main_module}".`);
  return { metadata: parsed.data, modules };
};

/** A secret is written, never read. */
export const withoutSecret = (binding: Binding): Binding =>
  binding.type === 'secret_text' ? { ...binding, text: undefined } : binding;

type Classes = ReadonlyMap<string, HostedClass>;

/** The classes a script hosts after its migrations, and how many migrations that were. */
export const migrate = (
  before: Classes,
  migrations: Migrations | undefined,
  tag: string | undefined,
): { classes: Classes; steps: number } => {
  const given = migrations?.old_tag;
  if (given !== undefined && given !== (tag ?? ''))
    refuse(
      412,
      10079,
      `Actor migration tag precondition failed; got tag '${given}' when expected tag is '${tag ?? ''}'`,
    );
  const classes = new Map(before);
  const steps = (migrations?.steps ?? (migrations ? [migrations] : [])).filter(changesAnything);
  for (const step of steps) applyStep(classes, step);
  return { classes, steps: steps.length };
};

/** Some clients send the lists of a migration also when they are empty. */
const changesAnything = (step: Step): boolean =>
  step.new_classes.length +
    step.new_sqlite_classes.length +
    step.deleted_classes.length +
    step.renamed_classes.length +
    step.transferred_classes.length >
  0;

const applyStep = (classes: Map<string, HostedClass>, step: Step): void => {
  for (const name of [...step.new_sqlite_classes, ...step.new_classes]) {
    if (classes.has(name))
      refuse(
        400,
        10074,
        `Cannot apply new-sqlite-class migration to class '${name}' that is already depended on by existing Durable Objects`,
      );
    classes.set(name, { id: newId(), isSqlite: step.new_sqlite_classes.includes(name) });
  }
  for (const { from, to } of step.renamed_classes) {
    const renamed = classes.get(from);
    if (renamed === undefined) refuse(400, 10061, `Cannot rename class '${from}': no such class.`);
    else classes.set(to, renamed);
    classes.delete(from);
  }
  if (step.transferred_classes.length > 0)
    refuse(400, 10021, 'This emulated account does not transfer classes between scripts.');
  for (const name of step.deleted_classes) classes.delete(name);
};
