// The flags as MCP_KV holds them: which keys, how they are read in one trip, and how our own writes are told from others'.
import { z } from 'zod';

export const PERCENTAGE_KEY = 'feature:dark-launch-percentage';
export const TESTERS_KEY = 'feature:dark-launch-testers';
export const toolKey = (tool: string): string => `feature:tool:${tool}`;

/** The least KV allows; by default a location may serve a value for 60 s after it has changed. */
const CACHE_TTL_S = 30;
/** KV reads at most a hundred keys in one trip; two are not tools'. */
export const MAX_TOOLS = 98;

/** What one read of the percentage gave. */
export const readingSchema = z.object({
  /** Without the white space around it; null where the key is absent. */
  text: z.string().nullable(),
  /** The version of the registry's that was written with it. Nobody else's write has one. */
  mark: z.number().optional(),
});

export type Reading = z.output<typeof readingSchema>;

export const otherFlagsSchema = z.object({
  testers: z.string().nullable(),
  /** By tool; null where the key is absent. A tool that was never asked for is not in it. */
  tools: z.map(z.string(), z.string().nullable()),
});

export type OtherFlags = z.output<typeof otherFlagsSchema>;

export interface KvFlags {
  readonly percentage: Reading;
  readonly others: OtherFlags;
}

const markSchema = z.object({ version: z.number() });

export const readFlags = async (kv: KVNamespace, tools: readonly string[]): Promise<KvFlags> => {
  const asked = tools.slice(0, MAX_TOOLS);
  const keys = [PERCENTAGE_KEY, TESTERS_KEY, ...asked.map(toolKey)];
  const found = await kv.getWithMetadata(keys, { type: 'text', cacheTtl: CACHE_TTL_S });
  const textOf = (key: string) => found.get(key)?.value?.trim() ?? null;
  const mark = markSchema.safeParse(found.get(PERCENTAGE_KEY)?.metadata).data?.version;
  return {
    percentage: { text: textOf(PERCENTAGE_KEY), ...(mark !== undefined && { mark }) },
    others: {
      testers: textOf(TESTERS_KEY),
      tools: new Map(asked.map((tool) => [tool, textOf(toolKey(tool))])),
    },
  };
};

export const writePercentage = (
  kv: KVNamespace,
  text: string | null,
  version: number,
): Promise<void> =>
  text === null
    ? kv.delete(PERCENTAGE_KEY)
    : kv.put(PERCENTAGE_KEY, text, { metadata: { version } });
