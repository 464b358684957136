// The deployment guide's requests, word for word: what a reader of it will paste. Never edited to make a test pass.

/** Prerequisites: the `.env` of local development. */
export const ENV_FILE = `# MCP Authentication
MCP_SHARED_SECRET=your-secret-here
MCP_JWT_SECRET=your-jwt-secret-here

# Environment
ENVIRONMENT=development  # or production, staging
`;

/** Dark Launch Configuration: using the API. */
export const SET_PERCENTAGE = `curl -X PUT https://mcp.example.com/admin/dark-launch \\
  -H "Authorization: Bearer $ADMIN_TOKEN" \\
  -d '{"percentage": 25}'`;

/** Authentication, option 1. */
export const INITIALIZE = `curl https://mcp.example.com/mcp \\
  -H "X-MCP-Secret: your-secret-here" \\
  -H "Content-Type: application/json" \\
  -d '{
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize"
  }'`;

/** Authentication, option 2: what `node -e` runs. */
export const TOKEN_SNIPPET = `
const jwt = require('jsonwebtoken');
const token = jwt.sign(
  { sub: 'user-123', client_id: 'my-client' },
  process.env.MCP_JWT_SECRET,
  { expiresIn: '1h' }
);
console.log(token);
`;

export const LIST_TOOLS = `curl https://mcp.example.com/mcp \\
  -H "Authorization: Bearer $JWT_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/list"
  }'`;

export const HEALTH = 'curl https://mcp.example.com/health';

/** Available MCP Tools, by name. */
export const CALLS = {
  get_resource_status: `{
  "jsonrpc": "2.0",
  "id": 1,
  "method": "tools/call",
  "params": {
    "name": "get_resource_status",
    "arguments": { "stage": "prod" }
  }
}`,
  deploy_infrastructure: `{
  "jsonrpc": "2.0",
  "id": 2,
  "method": "tools/call",
  "params": {
    "name": "deploy_infrastructure",
    "arguments": { 
      "stage": "staging",
      "dryRun": true
    }
  }
}`,
  destroy_infrastructure: `{
  "jsonrpc": "2.0",
  "id": 3,
  "method": "tools/call",
  "params": {
    "name": "destroy_infrastructure",
    "arguments": { 
      "stage": "preview-123",
      "confirm": true
    }
  }
}`,
  query_database: `{
  "jsonrpc": "2.0",
  "id": 4,
  "method": "tools/call",
  "params": {
    "name": "query_database",
    "arguments": { 
      "query": "SELECT * FROM users LIMIT 10",
      "stage": "prod"
    }
  }
}`,
  list_bucket_objects: `{
  "jsonrpc": "2.0",
  "id": 5,
  "method": "tools/call",
  "params": {
    "name": "list_bucket_objects",
    "arguments": { 
      "prefix": "uploads/",
      "limit": 50
    }
  }
}`,
  trigger_workflow: `{
  "jsonrpc": "2.0",
  "id": 6,
  "method": "tools/call",
  "params": {
    "name": "trigger_workflow",
    "arguments": { 
      "workflowName": "OnboardingWorkflow",
      "params": { "userId": "user-123" }
    }
  }
}`,
  get_cache_stats: `{
  "jsonrpc": "2.0",
  "id": 7,
  "method": "tools/call",
  "params": {
    "name": "get_cache_stats",
    "arguments": { "stage": "prod" }
  }
}`,
  send_durable_object_message: `{
  "jsonrpc": "2.0",
  "id": 8,
  "method": "tools/call",
  "params": {
    "name": "send_durable_object_message",
    "arguments": { 
      "objectName": "ChatDO",
      "message": "Hello from MCP"
    }
  }
}`,
} as const;
