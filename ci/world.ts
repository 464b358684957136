// What a script of the pipeline may do to the world beside what `bun mcp` may: run Bun, wait, hand facts on to the workflow,
// and hear that it is to stop. A test gives it another one.
import type { World } from '../src/cli/command.ts';

export interface Ran {
  readonly code: number;
  /** stdout and stderr, as they came. */
  readonly output: string;
  readonly stdout: string;
}

export interface RunOptions {
  /** Over the script's own environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Also once the script has been told to stop: for what mends. */
  readonly isMending?: boolean;
  /** Its output is for the script alone, and not for the log. */
  readonly isQuiet?: boolean;
}

export interface PipelineWorld extends World {
  /** `bun <words>` in the project's folder. */
  readonly bun: (words: readonly string[], options?: RunOptions) => Promise<Ran>;
  readonly pause: (ms: number) => Promise<void>;
  /** For later steps of the workflow. */
  readonly output: (name: string, value: string) => void;
  /** Markdown for the page of the workflow's run. */
  readonly summary: (markdown: string) => void;
  /** Aborted when the workflow is cancelled. */
  readonly stop: AbortSignal;
  /** What a script remembers for the one that mends after it; survives the process. */
  readonly memory: { read(): string | undefined; write(text: string): void };
}
