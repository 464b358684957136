// Progress of a running tool, for callers who sent a progress token. A burst is told whole, since the resources of a stack
// settle all at once; after it at most a few notices a second. They are counted upwards as the protocol demands; a notice
// that cannot be delivered is not the tool's problem.
import type { ServerContext } from '@modelcontextprotocol/server';

import { sentence } from '../../lib/visible-text.ts';

const BURST = 100;
const PER_NOTICE_MS = 250;
const MAX_CHARACTERS = 200;

export function progressReporter(
  mcp: ServerContext | undefined,
  now: () => number,
): (message: string) => void {
  const progressToken = mcp?.mcpReq._meta?.progressToken;
  if (mcp === undefined || progressToken === undefined) return () => {};
  let progress = 0;
  let credit = BURST;
  let countedAt = now();
  return (message) => {
    const at = now();
    credit = Math.min(BURST, credit + Math.max(0, at - countedAt) / PER_NOTICE_MS);
    countedAt = at;
    if (credit < 1) return;
    credit -= 1;
    progress += 1;
    const params = { progressToken, progress, message: sentence(message, MAX_CHARACTERS) };
    mcp.mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
  };
}
