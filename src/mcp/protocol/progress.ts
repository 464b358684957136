// Progress of a running tool, for callers who sent a progress token. At most a few notices a second, counted upwards as
// the protocol demands; a notice that cannot be delivered is not the tool's problem.
import type { ServerContext } from '@modelcontextprotocol/server';

import { sentence } from '../../lib/visible-text.ts';

const MIN_INTERVAL_MS = 250;
const MAX_CHARACTERS = 200;

export function progressReporter(
  mcp: ServerContext | undefined,
  now: () => number,
): (message: string) => void {
  const progressToken = mcp?.mcpReq._meta?.progressToken;
  if (mcp === undefined || progressToken === undefined) return () => {};
  let progress = 0;
  let sentAt = Number.NEGATIVE_INFINITY;
  return (message) => {
    const at = now();
    if (at - sentAt < MIN_INTERVAL_MS) return;
    sentAt = at;
    progress += 1;
    const params = { progressToken, progress, message: sentence(message, MAX_CHARACTERS) };
    mcp.mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
  };
}
