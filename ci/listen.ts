// A program that was started, by what it prints: each stream apart, and both as they come.

interface Program {
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly exited: Promise<number>;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as they came. */
  readonly output: string;
}

export interface Listening {
  /** All it has printed so far. */
  readonly output: () => string;
  readonly ended: Promise<Ended>;
}

/** `hear` is told each part at once. */
export const listen = (program: Program, hear: (part: string) => void = () => {}): Listening => {
  let output = '';
  const collect = async (stream: ReadableStream<Uint8Array>): Promise<string> => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of stream) {
      const part = decoder.decode(chunk, { stream: true });
      text += part;
      output += part;
      hear(part);
    }
    return text;
  };
  const finish = async (): Promise<Ended> => {
    const [stdout, stderr] = await Promise.all([collect(program.stdout), collect(program.stderr)]);
    return { code: await program.exited, stdout, stderr, output };
  };
  return { output: () => output, ended: finish() };
};
