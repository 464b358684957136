// What the sample stack answers to the guide's requests (guide.ts), in the guide's order.
import { expect } from 'bun:test';

import { SHARED_SECRET, token } from './tokens.ts';

export const ANSWERS = {
  initialized: {
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'alchemy-mcp-worker' },
    instructions: expect.stringContaining('get_resource_status'),
  },
  /** For the guide's token, which may not run the application's code. */
  tools: [
    'get_resource_status',
    'deploy_infrastructure',
    'destroy_infrastructure',
    'query_database',
    'list_bucket_objects',
    'get_cache_stats',
    'get_operation',
    'list_operations',
    'cancel_operation',
    'detect_drift',
  ],
  resources: [
    'OnboardingWorkflow healthy',
    'demo-app healthy',
    'demo-app/ChatDO healthy',
    'demo-cache healthy',
    'demo-db healthy',
    'demo-jobs healthy',
    'demo-jobs-consumer unknown',
    'demo-storage healthy',
    'mcp-server healthy',
    'mcp-server-flags healthy',
    'mcp-server/StageEngine healthy',
  ],
  users: {
    stage: 'prod',
    database: 'demo-db',
    columns: ['id', 'name', 'email', 'plan', 'created_at'].map((name) => ({ name })),
    rowCount: 10,
    truncated: false,
  },
  /** One of them. */
  ada: ['user-123', 'Ada Lovelace', 'ada.lovelace@example.com', 'free', '2026-01-05T00:00:00.000Z'],
  /** The steps of her onboarding. */
  onboarding: [
    { step: 'find-user', result: 'Ada Lovelace' },
    { step: 'create-folder', result: 'uploads/user-123/welcome.txt' },
    { step: 'queue-mail', result: 'queued' },
  ],
  cache: {
    name: 'demo-cache',
    keyCount: 8,
    complete: true,
    withExpiration: 5,
    prefixes: [
      { prefix: 'session:', keys: 5 },
      { prefix: 'page:', keys: 3 },
    ],
  },
  firstReply: {
    text: 'Message 1 of this conversation.',
    recent: [{ sender: 'shared-secret', text: 'Hello from MCP' }],
  },
  health: { status: 'ok', service: 'mcp-worker', environment: 'production' },
  unauthorized: {
    error: 'Unauthorized',
    message: expect.any(String),
    code: 'UNAUTHENTICATED',
    requestId: expect.any(String),
  },
};

/** Credentials a reader may send by mistake. */
export const NOT_TAKEN = {
  'no credentials': {},
  'the guide’s placeholder': { 'X-MCP-Secret': 'your-secret-here' },
  'a wrong secret': { 'X-MCP-Secret': `${SHARED_SECRET}x` },
  'a token without Bearer': { Authorization: token() },
  'a token of another secret': { Authorization: `Bearer ${token({}, SHARED_SECRET)}` },
  'the secret as a token': { Authorization: `Bearer ${SHARED_SECRET}` },
};
