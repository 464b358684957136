// The settings that decide which tokens are good, read alike by the Worker and by `bun mcp token`.
import { z } from 'zod';

import type { TokenPolicy } from './token.ts';

/** A word nobody foresaw is refused: strict mode must not be off because somebody wrote `on`. */
const flag = z
  .enum(['', '0', '1', 'false', 'true'])
  .default('')
  .transform((word) => word === '1' || word === 'true');

export const tokenVariables = z.object({
  ENVIRONMENT: z.enum(['development', 'staging', 'production']).default('production'),
  MCP_JWT_ISSUER: z.string().min(1).optional(),
  MCP_JWT_AUDIENCE: z.string().min(1).optional(),
  MCP_JWT_STRICT: flag,
});

export const tokenPolicyOf = (values: z.output<typeof tokenVariables>): TokenPolicy => ({
  environment: values.ENVIRONMENT,
  ...(values.MCP_JWT_ISSUER !== undefined && { jwtIssuer: values.MCP_JWT_ISSUER }),
  ...(values.MCP_JWT_AUDIENCE !== undefined && { jwtAudience: values.MCP_JWT_AUDIENCE }),
  ...(values.MCP_JWT_STRICT && { isJwtStrict: true }),
});
