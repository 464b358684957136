import type { StageEngine as StageEngineClass } from '../operations/stage-engine.ts';
// The Worker. Everything it is made of is put together here, once per isolate.
import { createApp } from './app.ts';
import { createMcpServer } from './server.ts';
import { parseSettings } from './settings.ts';
import { stageRecord } from './stage-record.ts';

export { StageEngine } from '../operations/stage-engine.ts';

export interface Env extends Readonly<Record<string, unknown>> {
  readonly STAGE_ENGINE: DurableObjectNamespace<StageEngineClass>;
}

const compose = (env: Env) => {
  const parsed = parseSettings(env);
  if ('problems' in parsed) return createApp({ parsed });
  const { settings } = parsed;
  const record = stageRecord(env.STAGE_ENGINE, settings.catalog.stage);
  return createApp({ parsed, record, serve: createMcpServer(settings, env, record) });
};

let app: ReturnType<typeof compose> | undefined;

export default {
  fetch: (request, env, ctx): Response | Promise<Response> => {
    app ??= compose(env);
    return app.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
