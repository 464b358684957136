// The sample app: a Worker of its own, with a bit of everything an MCP server may be asked about.
import type { Env, Job } from './env.ts';
import { seed } from './seed.ts';

export { ChatDO } from './chat.ts';
export { OnboardingWorkflow } from './onboarding.ts';

export default {
  /** `GET /` seeds an empty stage and says what it holds. */
  async fetch(request, env): Promise<Response> {
    if (new URL(request.url).pathname !== '/') return new Response('Not found\n', { status: 404 });
    await seed(env);
    const counts = await env.DB.prepare(
      'SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM onboarding_steps) AS onboardingSteps, (SELECT count(*) FROM jobs) AS jobs',
    ).first();
    return Response.json({ app: 'demo-app', ...counts });
  },

  /** Takes note of each job; the same job delivered twice is one row. */
  async queue(batch, env): Promise<void> {
    const insert = env.DB.prepare(
      'INSERT OR IGNORE INTO jobs (id, kind, user_id, delivered_at) VALUES (?, ?, ?, ?)',
    );
    await env.DB.batch(
      batch.messages.map(({ body, timestamp }) =>
        insert.bind(body.id, body.kind, body.userId, timestamp.toISOString()),
      ),
    );
    batch.ackAll();
  },
} satisfies ExportedHandler<Env, Job>;
