// What the local cloud's host prints, kept in a file for people, and read for the one thing Alchemy reports nowhere else:
// a Worker whose code does not build or does not start. Its deploy succeeds all the same.
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';

const FAILURE = /ERROR \(#\d+\): \[([^\]]+)\][^\n]*\{[\s\S]*?message: ("(?:[^"\\]|\\.)*")/g;
const SUCCESS = /INFO \(#\d+\): \[([^\]]+)\] (?:Started|Updated) in /g;
// oxlint-disable-next-line no-control-regex -- the escape that starts a terminal colour is a control character
const COLOUR = /\u001B\[[\d;]*m/g;
/** As the bundler draws it above the code: `╭─[ demo/worker.ts:7:3 ]`. */
const PLACE = /\[ ?([^\]\s]+:\d+:\d+) ?\]/;
/** Enough to see a failure whole. */
const KEPT_CHARACTERS = 20_000;

const sentenceOf = (worker: string, message: string): string => {
  const plain = String(JSON.parse(message)).replaceAll(COLOUR, '');
  const lines = plain.split('\n').filter((line) => line.trim() !== '');
  const said =
    lines.find((line) => !line.startsWith('Build failed')) ?? lines[0] ?? 'no reason given';
  const place = PLACE.exec(plain)?.[1];
  return `${worker} does not run: ${said.trim()}${place === undefined ? '' : ` (${place})`}`;
};

export interface LastWord {
  /** Undefined for a Worker that runs. */
  readonly problem: string | undefined;
  /** It is the code that does not build, wherever it would run. */
  readonly isBuild: boolean;
}

export type LastWords = ReadonlyMap<string, LastWord>;

interface Word extends LastWord {
  readonly worker: string;
  readonly at: number;
  readonly end: number;
}

/** In the order they were printed. */
const wordsIn = (text: string): Word[] => {
  const place = (match: RegExpExecArray) => ({
    worker: match[1] ?? '',
    at: match.index,
    end: match.index + match[0].length,
  });
  const failures = [...text.matchAll(FAILURE)].map((match) => ({
    ...place(match),
    problem: sentenceOf(match[1] ?? '', match[2] ?? '""'),
    isBuild: match[0].includes('"BundleError"'),
  }));
  const starts = [...text.matchAll(SUCCESS)].map((match) => ({
    ...place(match),
    problem: undefined,
    isBuild: false,
  }));
  return [...failures, ...starts].toSorted((a, b) => a.at - b.at);
};

/** What the log last said of each Worker. */
export const lastWords = (text: string): LastWords =>
  new Map(wordsIn(text).map(({ worker, problem, isBuild }) => [worker, { problem, isBuild }]));

/** The same of a log that may not be there. */
export const lastWordsIn = (file: string): LastWords => lastWords(readLog(file));

export const logSize = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

/** A cloud that runs for days prints more than is worth reading: of the log only its end is. */
const READ_BYTES = 8 * 1_048_576;

/** What was printed after the first `from` bytes. */
export const readLog = (file: string, from = 0): string => {
  const size = logSize(file);
  const bytes = Buffer.alloc(Math.max(0, Math.min(size - from, READ_BYTES)));
  if (bytes.length === 0) return '';
  const opened = openSync(file, 'r');
  try {
    readSync(opened, bytes, 0, bytes.length, size - bytes.length);
  } finally {
    closeSync(opened);
  }
  return bytes.toString('utf8');
};

/** A log that cannot be written (somebody deleted its folder) must not end what it is about. */
const keep = (file: string, chunk: Uint8Array): void => {
  try {
    appendFileSync(file, chunk);
  } catch {
    // Nothing to be done here; the next start makes the folder again.
  }
};

export interface HostLog {
  follow(stream: ReadableStream<Uint8Array>): Promise<void>;
}

/** Writes a fresh `file` and calls `onFailure` for each Worker that fails: once, until it has run again. */
export const createHostLog = (file: string, onFailure: (sentence: string) => void): HostLog => {
  writeFileSync(file, '');
  const told = new Map<string, string>();
  const hear = ({ worker, problem }: Word): void => {
    if (problem === undefined) told.delete(worker);
    if (problem === undefined || told.get(worker) === problem) return;
    told.set(worker, problem);
    onFailure(problem);
  };
  return {
    follow: async (stream) => {
      const decoder = new TextDecoder();
      let unread = '';
      for await (const chunk of stream) {
        keep(file, chunk);
        unread = (unread + decoder.decode(chunk, { stream: true })).slice(-KEPT_CHARACTERS);
        const words = wordsIn(unread);
        for (const word of words) hear(word);
        unread = unread.slice(words.at(-1)?.end ?? 0);
      }
    },
  };
};
