// GET /health: is this server fit to serve? Open to all, so it tells nothing but that; a missing secret is named, its
// value never is.
import { now } from '../lib/clock.ts';
import type { RolloutStatus } from './rollout/rollout.ts';
import type { Parsed } from './settings.ts';

export const health = (parsed: Parsed, darkLaunch?: RolloutStatus): Response => {
  const timestamp = new Date(now()).toISOString();
  if ('problems' in parsed) {
    const { environment, problems } = parsed;
    return Response.json(
      { status: 'degraded', service: 'mcp-worker', environment, timestamp, problems },
      { status: 503 },
    );
  }
  const { environment, catalog } = parsed.settings;
  return Response.json({
    status: 'ok',
    service: 'mcp-worker',
    environment,
    timestamp,
    stage: catalog.stage,
    ...(darkLaunch !== undefined && { darkLaunch }),
  });
};
