// Cloudflare API reference: "Workflows". Instances are reached through bindings only.
import { z } from 'zod';

import { type Content, scriptOf, timestamp, type Workflow } from './content.ts';
import { need, Page } from './envelope.ts';
import { type Route, route } from './route.ts';

const WORKFLOWS = '/accounts/:account/workflows';
const put = z.object({ class_name: z.string(), script_name: z.string() });

const workflowOf = (content: Content, name: string) =>
  need(content.workflows.get(name), 404, 10200, 'workflow.not_found');

export const workflowRoutes: readonly Route[] = [
  // GET /accounts/{account_id}/workflows
  route('GET', WORKFLOWS, ({ content, query }) => new Page([...content.workflows.values()], query)),
  // GET /accounts/{account_id}/workflows/{workflow_name}
  route('GET', `${WORKFLOWS}/:name`, ({ content, param }) => workflowOf(content, param('name'))),
  // PUT /accounts/{account_id}/workflows/{workflow_name}
  route('PUT', `${WORKFLOWS}/:name`, async ({ content, param, body }) => {
    const name = param('name');
    const given = await body(put);
    scriptOf(content, given.script_name);
    const old = content.workflows.get(name);
    const row: Workflow = {
      id: old?.id ?? crypto.randomUUID(),
      name,
      ...given,
      created_on: old?.created_on ?? timestamp(),
      modified_on: timestamp(),
      version_id: crypto.randomUUID(),
    };
    content.workflows.set(name, row);
    return row;
  }),
  // DELETE /accounts/{account_id}/workflows/{workflow_name}
  route('DELETE', `${WORKFLOWS}/:name`, ({ content, param }) => {
    content.workflows.delete(workflowOf(content, param('name')).name);
    return { status: 'ok', success: true };
  }),
];
