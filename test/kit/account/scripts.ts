// Worker scripts: upload, settings, workers.dev, schedules, deletion.
// Cloudflare API reference: "Workers → Scripts", "… → Subdomain", "… → Schedules", "Durable Objects → Namespaces".
import { createHash } from 'node:crypto';

import { z } from 'zod';

import { resolveBindings } from './bindings.ts';
import {
  activeVersion,
  type Content,
  newId,
  removeScript,
  type Script,
  scriptOf,
  timestamp,
  type Version,
} from './content.ts';
import { Page, refuse } from './envelope.ts';
import { type Route, route } from './route.ts';
import { type Binding, migrate, readUpload, type Upload, withoutSecret } from './upload.ts';
import { deploymentOf } from './versions.ts';

const WORKERS = '/accounts/:account/workers';
const SCRIPT = `${WORKERS}/scripts/:script`;
const onSubdomain = z.object({
  enabled: z.boolean(),
  previews_enabled: z.boolean().optional(),
});
const schedules = z.array(z.object({ cron: z.string() }));

/** The script as it is after an upload; nothing is written yet. */
const afterUpload = (content: Content, name: string, upload: Upload): Script => {
  const old = content.scripts.get(name);
  const { metadata, modules } = upload;
  const { classes, steps } = migrate(
    old?.classes ?? new Map(),
    metadata.migrations,
    old?.migrationTag,
  );
  const given = [...metadata.bindings, ...keptBindings(old, upload)];
  const bindings = resolveBindings(content, given, { name, classes });
  const version: Version = {
    id: crypto.randomUUID(),
    number: (old?.versions.length ?? 0) + 1,
    created_on: timestamp(),
    etag: createHash('sha256')
      .update(Buffer.concat(modules.map(({ bytes }) => bytes)))
      .digest('hex'),
    migrations: (old?.versions.at(-1)?.migrations ?? 0) + steps,
    metadata: { ...metadata, bindings },
    modules,
  };
  const share = [{ version_id: version.id, percentage: 100 }];
  return {
    name,
    tag: old?.tag ?? newId(),
    created_on: old?.created_on ?? timestamp(),
    modified_on: timestamp(),
    classes,
    migrationTag: metadata.migrations?.new_tag ?? old?.migrationTag,
    subdomain: old?.subdomain ?? { enabled: false, previews_enabled: false },
    crons: old?.crons ?? [],
    versions: [...(old?.versions ?? []), version],
    deployments: [deploymentOf(share, metadata.annotations), ...(old?.deployments ?? [])],
  };
};

/** Those of the serving version that the upload does not name, but whose kind it asks to keep. */
const keptBindings = (old: Script | undefined, { metadata }: Upload): Binding[] =>
  old === undefined
    ? []
    : activeVersion(old).metadata.bindings.filter(
        ({ type, name }) =>
          metadata.keep_bindings.includes(type) &&
          metadata.bindings.every((binding) => binding.name !== name),
      );

const scriptView = (script: Script) => {
  const { etag, id, metadata } = activeVersion(script);
  return {
    id: script.name,
    tag: script.tag,
    etag,
    handlers: ['fetch'],
    named_handlers: [],
    created_on: script.created_on,
    modified_on: script.modified_on,
    usage_model: 'standard',
    compatibility_date: metadata.compatibility_date,
    compatibility_flags: metadata.compatibility_flags,
    logpush: metadata.logpush,
    has_assets: false,
    has_modules: true,
    startup_time_ms: 1,
    deployment_id: id,
    migration_tag: script.migrationTag,
  };
};

const settingsView = (script: Script) => {
  const { metadata } = activeVersion(script);
  return {
    bindings: metadata.bindings.map(withoutSecret),
    compatibility_date: metadata.compatibility_date,
    compatibility_flags: metadata.compatibility_flags,
    limits: metadata.limits,
    logpush: metadata.logpush,
    migration_tag: script.migrationTag,
    observability: metadata.observability,
    placement: metadata.placement,
    tags: metadata.tags,
    tail_consumers: metadata.tail_consumers,
    usage_model: 'standard',
  };
};

const uploads: readonly Route[] = [
  // GET /accounts/{account_id}/workers/scripts
  route('GET', `${WORKERS}/scripts`, ({ content, query }) => {
    return new Page([...content.scripts.values()].map(scriptView), query);
  }),
  // PUT /accounts/{account_id}/workers/scripts/{script_name}. What does not start is refused, and the old version serves on.
  route('PUT', SCRIPT, async ({ content, param, form, plane }) => {
    const upload = await readUpload(await form());
    afterUpload(content, param('script'), upload);
    const fault = await plane.startupError(upload);
    if (fault !== undefined) refuse(400, 10021, fault);
    const script = afterUpload(content, param('script'), upload);
    content.scripts.set(script.name, script);
    return scriptView(script);
  }),
  // DELETE /accounts/{account_id}/workers/scripts/{script_name}
  route('DELETE', SCRIPT, ({ content, param, query }) => {
    const { name } = scriptOf(content, param('script'));
    const users = [...content.scripts.values()].filter(
      (other) =>
        other.name !== name &&
        activeVersion(other).metadata.bindings.some(
          ({ script_name, service }) => script_name === name || service === name,
        ),
    );
    if (users.length > 0 && query.get('force') !== 'true')
      refuse(
        400,
        10064,
        `Cannot delete this Worker as it is still referenced by: ${users.map((user) => user.name).join(', ')}`,
      );
    removeScript(content, name);
    return null;
  }),
];

const settings: readonly Route[] = [
  // GET /accounts/{account_id}/workers/scripts/{script_name}/settings
  route('GET', `${SCRIPT}/settings`, ({ content, param }) =>
    settingsView(scriptOf(content, param('script'))),
  ),
  // GET /accounts/{account_id}/workers/scripts/{script_name}/script-settings
  route('GET', `${SCRIPT}/script-settings`, ({ content, param }) => {
    const view = settingsView(scriptOf(content, param('script')));
    const { logpush, observability, tags, tail_consumers } = view;
    return { logpush, observability, tags, tail_consumers };
  }),
  // GET /accounts/{account_id}/workers/scripts/{script_name}/subdomain
  route(
    'GET',
    `${SCRIPT}/subdomain`,
    ({ content, param }) => scriptOf(content, param('script')).subdomain,
  ),
  // POST /accounts/{account_id}/workers/scripts/{script_name}/subdomain
  route('POST', `${SCRIPT}/subdomain`, async ({ content, param, body }) => {
    const { enabled, previews_enabled = enabled } = await body(onSubdomain);
    const subdomain = { enabled, previews_enabled };
    content.scripts.set(param('script'), { ...scriptOf(content, param('script')), subdomain });
    return subdomain;
  }),
  // GET /accounts/{account_id}/workers/scripts/{script_name}/schedules
  route('GET', `${SCRIPT}/schedules`, ({ content, param }) => ({
    schedules: scriptOf(content, param('script')).crons.map((cron) => ({ cron })),
  })),
  // PUT /accounts/{account_id}/workers/scripts/{script_name}/schedules
  route('PUT', `${SCRIPT}/schedules`, async ({ content, param, body }) => {
    const given = await body(schedules);
    const crons = given.map(({ cron }) => cron);
    content.scripts.set(param('script'), { ...scriptOf(content, param('script')), crons });
    return { schedules: given };
  }),
  // GET /accounts/{account_id}/workers/durable_objects/namespaces
  route('GET', `${WORKERS}/durable_objects/namespaces`, ({ content, query }) => {
    const rows = [...content.scripts.values()].flatMap((script) =>
      [...script.classes].map(([name, { id, isSqlite }]) => ({
        id,
        name: `${script.name}_${name}`,
        script: script.name,
        class: name,
        use_sqlite: isSqlite,
      })),
    );
    return new Page(rows, query);
  }),
];

export const scriptRoutes: readonly Route[] = [...uploads, ...settings];
