// Every promise of the deployment guide, in its order, with an id. A test that keeps one cites it (test/kit/keeps.ts),
// and test/promises.test.ts fails while one is kept by no test.

interface Promised<Id extends string> {
  readonly id: Id;
  readonly promise: string;
  /** The guide's heading. */
  readonly section: string;
}

const kept = <const Id extends string>(
  section: string,
  promises: Readonly<Record<Id, string>>,
): Promised<Id>[] =>
  Object.entries<string>(promises).map(([id, promise]) => ({ id: id as Id, promise, section }));

export const PROMISES = [
  ...kept('Overview', {
    'overview.tools': 'Alchemy operations are exposed as Model Context Protocol tools.',
    'overview.authentication': 'JWT and shared secret both authenticate.',
    'overview.rate-limiting': 'Rate limiting, 100 requests a minute in production.',
    'overview.dark-launch': 'Dark launch from 0 to 100 percent.',
    'overview.ci': 'A full CI/CD pipeline.',
    'overview.domain': 'Custom domain support.',
  }),
  ...kept('Prerequisites', {
    'settings.shared-secret':
      'MCP_SHARED_SECRET is the simple auth token; `openssl rand -hex 32` makes one.',
    'settings.jwt-secret': 'MCP_JWT_SECRET signs tokens; `openssl rand -hex 64` makes one.',
    'settings.env-file': 'For local development the settings stand in `.env`, by these names.',
    'settings.environment': 'ENVIRONMENT is development, staging or production.',
    'settings.github-secrets': 'CI takes both secrets from the repository secrets.',
    'settings.domain': 'A custom domain is one setting in alchemy.run.ts.',
  }),
  ...kept('Deployment', {
    'deploy.ci': 'A push to main runs the tests, deploys to production and outputs the Worker URL.',
    'deploy.manual-prod': '`bun alchemy deploy --stage prod` deploys to production.',
    'deploy.manual-staging': '`bun alchemy deploy --stage staging` deploys to staging.',
  }),
  ...kept('Dark Launch Configuration', {
    'dark-launch.key': 'MCP_KV holds feature:dark-launch-percentage; wrangler sets it.',
    'dark-launch.share': '0, 10, 50 and 100 percent let in that share of callers.',
    'dark-launch.health': 'GET /health tells the current percentage.',
    'dark-launch.admin': 'PUT /admin/dark-launch with the admin token sets the percentage.',
  }),
  ...kept('Authentication', {
    'auth.shared-secret': 'POST /mcp with X-MCP-Secret and a bare initialize is answered.',
    'auth.jwt-snippet': 'The jsonwebtoken snippet makes a token from MCP_JWT_SECRET.',
    'auth.jwt': 'POST /mcp with that token as Bearer and a bare tools/list is answered.',
  }),
  ...kept('Rate Limits', {
    'rate-limit.production': 'Production allows 100 requests in 1 minute.',
    'rate-limit.staging': 'Staging allows 500 requests in 1 minute.',
    'rate-limit.development': 'Development allows 1000 requests in 1 minute.',
    'rate-limit.headers':
      'Answers carry X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset.',
    'rate-limit.429': '429 says error, message with the seconds to wait, and retryAfter.',
  }),
  ...kept('Available MCP Tools', {
    'tool.get_resource_status': 'Tells the status of all deployed resources.',
    'tool.get_resource_status.example': '{"stage":"prod"} is answered.',
    'tool.query_database': 'Executes SQL queries, SELECT only.',
    'tool.query_database.example': 'SELECT * FROM users LIMIT 10 on stage prod is answered.',
    'tool.list_bucket_objects': 'Lists R2 objects.',
    'tool.list_bucket_objects.example': '{"prefix":"uploads/","limit":50} is answered.',
    'tool.trigger_workflow': 'Starts a Cloudflare Workflow.',
    'tool.trigger_workflow.example': 'OnboardingWorkflow with {"userId":"user-123"} is started.',
    'tool.get_cache_stats': 'Tells KV statistics.',
    'tool.get_cache_stats.example': '{"stage":"prod"} is answered.',
    'tool.send_durable_object_message': 'Sends a message to a Durable Object.',
    'tool.send_durable_object_message.example': '"Hello from MCP" reaches ChatDO.',
    'tool.deploy_infrastructure': 'Deploys to a specific stage.',
    'tool.deploy_infrastructure.example': '{"stage":"staging","dryRun":true} answers the plan.',
    'tool.destroy_infrastructure': 'Destroys the resources of a stage; it requires confirmation.',
    'tool.destroy_infrastructure.example': '{"stage":"preview-123","confirm":true} is answered.',
  }),
  ...kept('Monitoring', {
    'health.answer': 'GET /health answers status, service, environment and timestamp.',
    'health.open': 'GET /health asks for no credentials.',
    'monitoring.tail': '`wrangler tail mcp-server` shows logs; grep ERROR finds failures.',
    'monitoring.dashboard':
      'The Worker is called mcp-server in the dashboard, with logs and metrics.',
    'monitoring.alerts':
      'Repeated 429s, unusual traffic and failed authentication can be alerted on.',
  }),
  ...kept('Security Best Practices', {
    'security.expiry': 'Tokens have expiration times.',
    'security.client': 'Tokens are tracked per client.',
    'security.permissions': 'Tokens carry fine-grained permissions.',
    'security.select-only': 'Only SELECT queries are allowed.',
    'security.stage-isolation': 'Stages are isolated from one another.',
    'security.rotation': 'Secrets are rotated by setting new ones and deploying.',
    'security.revocation': 'A token can be revoked before it expires.',
    'security.production': 'Production cannot be destroyed without extra steps.',
    'security.confirmation': 'Destructive operations require confirmation.',
  }),
  ...kept('Troubleshooting', {
    'status.401': '401 Unauthorized: a wrong secret, a malformed header or an expired token.',
    'status.503-secrets': '503 Service Unavailable: the server is there but not configured.',
    'errors.parameters': 'A tool that cannot run says which parameter is wrong.',
    'errors.logs': 'The Worker’s logs tell why a tool failed.',
    'errors.bindings': 'A tool that cannot run says when a resource is not bound.',
    'status.429': '429 tells when the limit resets; a higher limit can be requested.',
    'status.503': '503 Service Unavailable: raise the dark launch percentage.',
  }),
  ...kept('Testing', {
    'testing.command': '`bun test src/mcp/*.test.ts` runs all tests of the Worker.',
    'testing.contract': '`bun test src/mcp/index.test.ts` runs this guide as a suite.',
    'testing.count': 'There are 28 tests or more.',
    'testing.protocol': 'The MCP protocol is tested.',
    'testing.tools': 'Each tool is tested.',
    'testing.errors': 'Error handling is tested.',
    'testing.cors': 'CORS is answered, and tested.',
    'testing.404': 'Routes that do not exist answer 404, and that is tested.',
    'testing.rate-limits': 'Rate limiting is tested.',
  }),
  ...kept('Rollback Procedure', {
    'rollback.dark-launch': 'Setting the dark launch to 0% takes all traffic away.',
    'rollback.previous': 'Deploying the previous version works.',
    'rollback.revert': 'Reverting in git and pushing deploys the revert.',
  }),
  ...kept('Production Checklist', {
    'checklist.all': 'Each line of the production checklist can be checked.',
  }),
] as const;

export type PromiseId = (typeof PROMISES)[number]['id'];
