// Every upload of a script is kept as a version; a deployment says which of them serve. Going back is a new deployment.
// Cloudflare API reference: "Workers → Scripts → Versions", "… → Deployments". The rules of going back are those of
// "Workers → Versions & deployments → Rollbacks" (Limits). Wrangler knows 10220; 10336 is Alchemy's; the documentation
// gives no code for the other refusals.
import { z } from 'zod';

import { resolveBindings } from './bindings.ts';
import {
  activeVersion,
  type Content,
  type Deployment,
  type Script,
  scriptOf,
  timestamp,
  type Version,
} from './content.ts';
import { need, Page, refuse } from './envelope.ts';
import { type Route, route } from './route.ts';
import { withoutSecret } from './upload.ts';

const SCRIPT = '/accounts/:account/workers/scripts/:script';
/** Older versions can no longer be deployed. */
const DEPLOYABLE = 100;
const AUTHOR = 'tests@example.com';

const deploymentSchema = z.object({
  strategy: z.literal('percentage'),
  versions: z
    .array(z.object({ version_id: z.string(), percentage: z.number().positive().max(100) }))
    .min(1)
    .max(2),
  annotations: z.record(z.string(), z.string()).default({}),
});

export const deploymentOf = (
  versions: Deployment['versions'],
  annotations: Deployment['annotations'],
): Deployment => ({
  id: crypto.randomUUID(),
  created_on: timestamp(),
  source: 'api',
  strategy: 'percentage',
  author_email: AUTHOR,
  annotations,
  versions,
});

const versionOf = (script: Script, id: string): Version =>
  need(
    script.versions.find((version) => version.id === id),
    404,
    10025,
    `Version ${id} not found.`,
  );

const summaryOf = ({ id, number, created_on, metadata }: Version) => ({
  id,
  number,
  annotations: metadata.annotations,
  metadata: {
    author_email: AUTHOR,
    created_on,
    modified_on: created_on,
    has_preview: false,
    source: 'api',
  },
});

const detailOf = (version: Version) => ({
  ...summaryOf(version),
  resources: {
    bindings: version.metadata.bindings.map(withoutSecret),
    script: { etag: version.etag, handlers: ['fetch'], last_deployed_from: 'api' },
    script_runtime: {
      compatibility_date: version.metadata.compatibility_date,
      compatibility_flags: version.metadata.compatibility_flags,
      usage_model: 'standard',
    },
  },
});

/** May this version serve again? */
const checkDeployable = (content: Content, script: Script, to: Version, isForced: boolean) => {
  const from = activeVersion(script);
  if (!script.versions.slice(-DEPLOYABLE).includes(to))
    refuse(400, 10021, `Version ${to.id} is not one of the ${DEPLOYABLE} latest.`);
  if (to.migrations !== from.migrations)
    refuse(
      400,
      10021,
      `A Durable Object migration has occurred between version ${to.id} and the active deployment.`,
    );
  resolveBindings(content, to.metadata.bindings, script);
  if (!isForced && secretsOf(to) !== secretsOf(from))
    refuse(
      400,
      10220,
      `A secret has changed since version ${to.id}. Use force to deploy it with its former secrets.`,
    );
};

const secretsOf = ({ metadata }: Version): string =>
  JSON.stringify(
    metadata.bindings
      .filter(({ type }) => type === 'secret_text')
      .map(({ name, text }) => JSON.stringify([name, text]))
      .toSorted((a, b) => (a < b ? -1 : 1)),
  );

export const versionRoutes: readonly Route[] = [
  // GET /accounts/{account_id}/workers/scripts/{script_name}/versions: newest first, and the page in
  // `items`. Asked for those that can be deployed, it ignores the page.
  route('GET', `${SCRIPT}/versions`, ({ content, param, query }) => {
    const { versions } = scriptOf(content, param('script'));
    const newestFirst = versions.toReversed().map(summaryOf);
    if (query.get('deployable') === 'true') return { items: newestFirst.slice(0, DEPLOYABLE) };
    return { items: new Page(newestFirst, query).result };
  }),
  // GET /accounts/{account_id}/workers/scripts/{script_name}/versions/{version_id}
  route('GET', `${SCRIPT}/versions/:version`, ({ content, param }) =>
    detailOf(versionOf(scriptOf(content, param('script')), param('version'))),
  ),
  // GET /accounts/{account_id}/workers/scripts/{script_name}/deployments: the first one serves
  route('GET', `${SCRIPT}/deployments`, ({ content, param }) => ({
    deployments: scriptOf(content, param('script')).deployments,
  })),
  // GET /accounts/{account_id}/workers/scripts/{script_name}/deployments/{deployment_id}
  route('GET', `${SCRIPT}/deployments/:deployment`, ({ content, param }) => {
    const { deployments } = scriptOf(content, param('script'));
    const found = deployments.find(({ id }) => id === param('deployment'));
    return need(found, 404, 10336, 'Deployment not found.');
  }),
  // POST /accounts/{account_id}/workers/scripts/{script_name}/deployments
  route('POST', `${SCRIPT}/deployments`, async ({ content, param, query, body }) => {
    const { versions, annotations } = await body(deploymentSchema);
    const script = scriptOf(content, param('script'));
    const total = versions.reduce((sum, { percentage }) => sum + percentage, 0);
    if (total !== 100) refuse(400, 10021, 'The percentages of the versions must add up to 100.');
    for (const { version_id } of versions) {
      const isForced = query.get('force') === 'true';
      checkDeployable(content, script, versionOf(script, version_id), isForced);
    }
    const deployment = deploymentOf(versions, annotations);
    const deployments = [deployment, ...script.deployments];
    content.scripts.set(script.name, { ...script, deployments });
    return deployment;
  }),
];
