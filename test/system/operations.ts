// Operations as a test follows them through the tools.
import { expect } from 'bun:test';

export interface ToolResult {
  readonly isError?: boolean;
  readonly structuredContent?: Record<string, unknown>;
  readonly content: { readonly type: string; readonly text: string }[];
}

export interface Operation {
  readonly operationId: string;
  readonly kind: string;
  readonly stage: string;
  readonly status: string;
  readonly planId?: string;
  readonly digest?: string;
  readonly phrase?: string;
  readonly next?: string;
  readonly summary?: Readonly<Record<string, number>>;
  readonly changes?: readonly {
    readonly id: string;
    readonly action: string;
    readonly properties?: readonly { readonly path: string }[];
  }[];
  readonly warnings?: readonly { readonly code: string; readonly id: string }[];
  readonly losses?: readonly {
    readonly id: string;
    readonly rows?: number;
    readonly objects?: number;
    readonly keys?: number;
    readonly instances?: number | null;
    readonly isComplete: boolean;
  }[];
  readonly drift?: {
    readonly mode: string;
    readonly summary: Readonly<Record<string, number>>;
    readonly resources: readonly {
      readonly id: string;
      readonly status: string;
      readonly properties: readonly object[];
    }[];
  };
  readonly outputs?: Readonly<Record<string, string>>;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

type Call = (tool: string, args: Record<string, unknown>) => Promise<Record<string, unknown>>;

const ENDED = new Set(['succeeded', 'failed', 'cancelled', 'lost']);
const LIMIT_MS = 90_000;

/** Calls, and asks on until the operation has ended. The server may be replaced meanwhile: then it is asked again. */
export const ended = async (
  call: Call,
  tool: string,
  args: Record<string, unknown>,
): Promise<Operation> => {
  const deadline = performance.now() + LIMIT_MS;
  let operation = (await call(tool, args)) as unknown as Operation;
  while (!ENDED.has(operation.status)) {
    if (performance.now() > deadline)
      throw new Error(`${operation.operationId} is still ${operation.status}.`);
    await Bun.sleep(250);
    const { operationId } = operation;
    const next = await call('get_operation', { operationId }).catch(() => operation);
    operation = next as unknown as Operation;
  }
  return operation;
};

/** A refusal's text is one JSON object, possibly fenced. */
export const refusalOf = ({ isError, content }: ToolResult): Refusal => {
  const text = content[0]?.text ?? '';
  if (isError !== true) throw new Error(`Not refused: ${text.slice(0, 500)}`);
  const parsed = JSON.parse(text) as { error: Refusal };
  return parsed.error;
};

export const actionsOf = ({ changes }: Operation): string[] =>
  (changes ?? []).map(({ id, action }) => `${action} ${id}`);

export const warningsOf = ({ warnings }: Operation): string[] =>
  (warnings ?? []).map(({ code, id }) => `${code} ${id}`);

export const expectSuccess = (operation: Operation): void => {
  expect(operation.error).toBeUndefined();
  expect(operation.status).toBe('succeeded');
};
