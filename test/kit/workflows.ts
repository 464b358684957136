// The workflows of this repository as data, read as GitHub reads them as far as the tests ask.
import { Glob, YAML } from 'bun';
import { z } from 'zod';

const ROOT = new URL('../..', import.meta.url).pathname;

const permissions = z.record(z.string(), z.enum(['none', 'read', 'write']));
const concurrency = z.object({
  group: z.string(),
  'cancel-in-progress': z.union([z.boolean(), z.string()]),
});
const variables = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const stepSchema = z.object({
  name: z.string().optional(),
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
  run: z.string().optional(),
  env: variables.default({}),
});

const jobSchema = z.object({
  uses: z.string().optional(),
  if: z.string().optional(),
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  permissions: permissions.optional(),
  concurrency: concurrency.optional(),
  environment: z
    .union([z.string(), z.object({ name: z.string(), url: z.string().optional() })])
    .optional(),
  'timeout-minutes': z.number().optional(),
  env: variables.default({}),
  steps: z.array(stepSchema).default([]),
});

const workflowSchema = z.object({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: permissions.optional(),
  concurrency: concurrency.optional(),
  jobs: z.record(z.string(), jobSchema),
});

export type Step = z.output<typeof stepSchema>;
export type Job = z.output<typeof jobSchema>;

export interface Workflow extends z.output<typeof workflowSchema> {
  readonly file: string;
  readonly text: string;
}

export const workflows: readonly Workflow[] = await Promise.all(
  [...new Glob('.github/workflows/*.{yml,yaml}').scanSync({ cwd: ROOT, dot: true })]
    .toSorted()
    .map(async (file) => {
      const text = await Bun.file(ROOT + file).text();
      return { file, text, ...workflowSchema.parse(YAML.parse(text)) };
    }),
);

export const workflow = (name: string): Workflow => {
  const found = workflows.find((it) => it.name === name);
  if (found === undefined) throw new Error(`There is no workflow "${name}".`);
  return found;
};

/** The `run:` lines of a job, in order. */
export const linesOf = ({ steps }: Job): string[] => steps.flatMap(({ run }) => run?.trim() ?? []);

/** What a workflow takes from the repository: `secrets.NAME`, `vars.NAME`. */
export const takenBy = ({ text }: Workflow, source: 'secrets' | 'vars'): string[] => [
  ...new Set(
    [...text.matchAll(new RegExp(`\\b${source}\\.(\\w+)`, 'g'))].map(([, name = '']) => name),
  ),
];
