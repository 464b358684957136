// Every tool, in the order clients list them.
import { getCacheStats } from './get-cache-stats.ts';
import { getResourceStatus } from './get-resource-status.ts';
import { listBucketObjects } from './list-bucket-objects.ts';
import { queryDatabase } from './query-database.ts';
import { sendDurableObjectMessage } from './send-durable-object-message.ts';
import { triggerWorkflow } from './trigger-workflow.ts';

export const tools = [
  getResourceStatus,
  queryDatabase,
  listBucketObjects,
  triggerWorkflow,
  getCacheStats,
  sendDurableObjectMessage,
];
