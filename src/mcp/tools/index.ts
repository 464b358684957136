// Every tool, in the order clients list them.
import { cancelOperation } from './cancel-operation.ts';
import { deployInfrastructure } from './deploy-infrastructure.ts';
import { destroyInfrastructure } from './destroy-infrastructure.ts';
import { detectDrift } from './detect-drift.ts';
import { getCacheStats } from './get-cache-stats.ts';
import { getOperation } from './get-operation.ts';
import { getResourceStatus } from './get-resource-status.ts';
import { listBucketObjects } from './list-bucket-objects.ts';
import { listOperations } from './list-operations.ts';
import { queryDatabase } from './query-database.ts';
import { sendDurableObjectMessage } from './send-durable-object-message.ts';
import { triggerWorkflow } from './trigger-workflow.ts';

export const tools = [
  getResourceStatus,
  deployInfrastructure,
  destroyInfrastructure,
  queryDatabase,
  listBucketObjects,
  triggerWorkflow,
  getCacheStats,
  sendDurableObjectMessage,
  getOperation,
  listOperations,
  cancelOperation,
  detectDrift,
];
