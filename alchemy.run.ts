import * as Alchemy from 'alchemy';
import { McpServer, mcpState } from 'alchemy-mcp-worker';
import * as Cloudflare from 'alchemy/Cloudflare';
import * as Effect from 'effect/Effect';

export default Alchemy.Stack(
  'demo',
  { providers: Cloudflare.providers(), state: mcpState() },
  Effect.gen(function* () {
    const stage = yield* Alchemy.Stage;

    // The sample app and what it keeps its data in.
    const db = yield* Cloudflare.D1.Database('demo-db', { migrations: './demo/migrations' });
    const storage = yield* Cloudflare.R2.Bucket('demo-storage');
    const cache = yield* Cloudflare.KV.Namespace('demo-cache');
    const jobs = yield* Cloudflare.Queues.Queue('demo-jobs');
    const app = yield* Cloudflare.Worker('demo-app', {
      name: `demo-app-${stage}`,
      main: './demo/worker.ts',
      compatibility: { date: '2026-07-30' },
      env: {
        DB: db,
        STORAGE: storage,
        CACHE: cache,
        JOBS: jobs,
        CHAT: Cloudflare.DurableObject('ChatDO', { className: 'ChatDO' }),
        ONBOARDING: Cloudflare.Workflow('OnboardingWorkflow', { className: 'OnboardingWorkflow' }),
      },
    });
    yield* Cloudflare.Queues.Consumer('demo-jobs-consumer', {
      queueId: jobs.queueId,
      scriptName: app.workerName,
      settings: { batchSize: 10, maxWaitTimeMs: 200 },
    });

    // What AI assistants may see and use of it. Add a line to offer more.
    const mcp = yield* McpServer('mcp-server', {
      databases: { 'demo-db': db },
      buckets: { 'demo-storage': storage },
      namespaces: { 'demo-cache': cache },
      queues: { 'demo-jobs': jobs },
      workers: { 'demo-app': app },
      workflows: { OnboardingWorkflow: app },
      objects: { ChatDO: app },
    });

    return { mcp: mcp.url, app: app.url };
  }),
);
