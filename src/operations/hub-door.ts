// What an engine tells the hub, and asks it. The engine never depends on the answer: it tells again until it was heard.

/** What the last operation has left of a stage. */
export interface StageFacts {
  readonly isDeployed: boolean;
  /** Of its MCP server. */
  readonly url: string | null;
  readonly updatedAt: string;
}

export interface StageNotice {
  readonly stage: string;
  /** Rises with each state of the engine: of two notices that cross, the later counts. */
  readonly version: number;
  /** Whether a runner that asked for work now would be given some. */
  readonly hasWork: boolean;
  readonly facts?: StageFacts | undefined;
}

/** On a runner's way in: the run of GitHub it is. The edge writes it, and nobody else's word for it gets past the edge. */
export const RUN_HEADER = 'x-github-run';

export interface HubDoor extends Rpc.DurableObjectBranded {
  tell(notice: StageNotice): Promise<void>;
  cancel(stage: string, operationId: string): Promise<void>;
  /** How many are connected that would take any operation. */
  runners(): Promise<number>;
}
