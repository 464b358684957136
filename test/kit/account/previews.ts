// A Worker that is run without being deployed, for one call: so a machine that has no bearer of Alchemy's state store reads it
// out of the Secrets Store. The API reference does not have these calls; `wrangler dev --remote` makes them.
import type { IncomingMessage, ServerResponse } from 'node:http';

import { resolveBindings } from './bindings.ts';
import { type Content, newId, type Script, scriptOf, timestamp } from './content.ts';
import { refuse } from './envelope.ts';
import { type Route, route } from './route.ts';
import { RunningCell, SCRIPT_HEADER } from './running-cell.ts';
import { readUpload, type Upload } from './upload.ts';
import { deploymentOf } from './versions.ts';

const TOKEN_HEADER = 'cf-workers-preview-token';

export const previewRoutes: readonly Route[] = [
  // GET /accounts/{account_id}/workers/subdomain/edge-preview
  route('GET', '/accounts/:account/workers/subdomain/edge-preview', () => ({ token: newId() })),
  // POST /accounts/{account_id}/workers/scripts/{script_name}/edge-preview
  route(
    'POST',
    '/accounts/:account/workers/scripts/:script/edge-preview',
    async ({ content, param, form }) => {
      const { name, subdomain } = scriptOf(content, param('script'));
      if (!subdomain.enabled) refuse(400, 10063, 'The Worker has no address to preview at.');
      const given = await form();
      given.delete('wrangler-session-config');
      const token = newId();
      content.previews.set(token, previewOf(content, name, await readUpload(given)));
      return { preview_token: token };
    },
  ),
];

const previewOf = (content: Content, name: string, upload: Upload): Script => {
  const { metadata, modules } = upload;
  const bindings = resolveBindings(content, metadata.bindings, { name, classes: new Map() });
  const version = {
    id: crypto.randomUUID(),
    number: 1,
    created_on: timestamp(),
    etag: newId(),
    migrations: 0,
    metadata: { ...metadata, bindings },
    modules,
  };
  return {
    name,
    tag: newId(),
    created_on: timestamp(),
    modified_on: timestamp(),
    classes: new Map(),
    subdomain: { enabled: true, previews_enabled: true },
    crons: [],
    versions: [version],
    deployments: [deploymentOf([{ version_id: version.id, percentage: 100 }], {})],
  };
};

/** The preview that a request is for. Each is good for one. */
export const takePreview = (content: Content, { headers }: IncomingMessage): Script | undefined => {
  const token = String(headers[TOKEN_HEADER]);
  const script = content.previews.get(token);
  content.previews.delete(token);
  return script;
};

export const answerPreview = async (
  content: Content,
  script: Script,
  { dir, response }: { readonly dir: string; readonly response: ServerResponse },
): Promise<void> => {
  const cell = { scripts: [script], members: new Set<string>(), fingerprint: '' };
  const none = { logs: [], edgeUrl: () => '' };
  const running = await RunningCell.start(content, cell, `${dir}/previews/${newId()}`, none);
  try {
    const answer = await fetch(running.url, { headers: { [SCRIPT_HEADER]: script.name } });
    response.writeHead(answer.status).end(await answer.text());
  } finally {
    await running.stop();
  }
};
