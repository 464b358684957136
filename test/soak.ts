// `bun run soak`: `bun start` under fifty callers for ten minutes (SOAK_MINUTES), started three times in the same folder. It
// must answer every request rightly, keep its memory once it is warm and from start to start, and leave neither a process
// nor a socket behind. Not a test: it takes as long as it says. It prints what it measured, and exits with 1 if any of it is
// not so.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { type Load, type LoadReport, runLoad } from './kit/load.ts';
import { Project, type Running } from './system/project.ts';

/** Shares of the time. What the first two come to must be the same; in the long one it must stay. */
const ROUNDS = [0.15, 0.15, 0.7] as const;
const CALLERS = 50;
/** A hundred requests a second together: a steady load, far from the limit of each caller. */
const PACE_MS = 500;
const SAMPLE_MS = 2_000;
/** Share of the long round until caches are full and the engine collects garbage at the rate it is made. */
const WARM_UP = 0.5;
const MEMORY_TOLERANCE = 0.1;
/** Connections that a process keeps to another for the next request. */
const SOCKET_TOLERANCE = 10;
const SETTLE_MS = 15_000;

const totalMs = Number(process.env['SOAK_MINUTES'] ?? 10) * 60_000;

interface Round {
  readonly load: LoadReport;
  /** MiB, all processes of the server together. */
  readonly memory: { readonly early: number; readonly late: number };
  readonly sockets: { readonly before: number; readonly after: number };
  readonly processesLeft: number;
}

const soak = async (project: Project): Promise<Round[]> => {
  const rounds: Round[] = [];
  for (const share of ROUNDS) {
    const round = await oneRound(project, share * totalMs);
    rounds.push(round);
    const { load, memory, sockets, processesLeft } = round;
    say(
      `round ${rounds.length}: ${load.sent} requests, ${load.errors.length} errors; ` +
        `${memory.early} → ${memory.late} MiB; ${sockets.before} → ${sockets.after} sockets; ` +
        `${processesLeft} processes left`,
    );
    for (const error of load.errors.slice(0, 5)) say(`  ${error}`);
  }
  return rounds;
};

const oneRound = async (project: Project, roundMs: number): Promise<Round> => {
  const running = await project.start();
  const pids = () => project.processes().map(({ pid }) => pid);
  // A first call, so that what is only made when needed is there.
  await callFor(project, running, 2_000);
  const before = await settled(() => socketsOf(pids()));
  const samples: number[] = [];
  const sampler = setInterval(() => samples.push(memoryOf(pids())), SAMPLE_MS);
  const load = await callFor(project, running, roundMs);
  clearInterval(sampler);
  const after = await settled(() => socketsOf(pids()));
  running.kill('SIGTERM');
  await running.exited;
  const processesLeft = (await project.drained()).length;
  const warm = samples.slice(Math.floor(samples.length * WARM_UP));
  const half = Math.floor(warm.length / 2);
  const memory = { early: median(warm.slice(0, half)), late: median(warm.slice(half)) };
  return { load, memory, sockets: { before, after }, processesLeft };
};

/** In a process of its own, whose connections end with it. */
const callFor = async (project: Project, running: Running, ms: number): Promise<LoadReport> => {
  const given = [`${running.url}/mcp`, project.setting('MCP_JWT_SECRET'), String(ms)];
  const callers = Bun.spawn([process.execPath, import.meta.path, 'callers', ...given], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  return (await new Response(callers.stdout).json()) as LoadReport;
};

const beCallers = async ([endpoint = '', jwtSecret = '', ms = '0']: string[]): Promise<void> => {
  const until = performance.now() + Number(ms);
  const load: Load = {
    endpoint: new URL(endpoint),
    jwtSecret,
    callers: CALLERS,
    paceMs: PACE_MS,
    goesOn: () => performance.now() < until,
  };
  process.stdout.write(JSON.stringify(await runLoad(load)));
};

/** The least seen while connections that are only kept for a while end. */
const settled = async (count: () => number): Promise<number> => {
  const until = performance.now() + SETTLE_MS;
  let least = count();
  while (performance.now() < until) {
    await Bun.sleep(500);
    least = Math.min(least, count());
  }
  return least;
};

const memoryOf = (pids: readonly string[]): number =>
  Math.round(pids.reduce((kib, pid) => kib + residentKib(pid), 0) / 1_024);

const residentKib = (pid: string): number => {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // It has ended since.
  }
};

const socketsOf = (pids: readonly string[]): number =>
  pids.reduce((total, pid) => total + socketCount(`/proc/${pid}/fd`), 0);

const socketCount = (folder: string): number => {
  try {
    return readdirSync(folder).filter((name) => isSocket(`${folder}/${name}`)).length;
  } catch {
    return 0;
  }
};

const isSocket = (link: string): boolean => {
  try {
    return readlinkSync(link).startsWith('socket:');
  } catch {
    return false;
  }
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const complaints = (rounds: readonly Round[]): string[] => {
  const [first, second, long] = rounds.map(({ memory }) => memory);
  // A start may well need less than the first one, which compiles what the next ones find.
  const isFlat = (now = 0, then = 0) => now / then - 1 <= MEMORY_TOLERANCE;
  const leaks = rounds.flatMap(({ load, sockets, processesLeft }, index) => {
    const round = `round ${index + 1}`;
    return [
      ...(load.sent === 0 || load.errors.length > 0
        ? [`${round}: not every answer was right`]
        : []),
      ...(sockets.after <= sockets.before + SOCKET_TOLERANCE ? [] : [`${round}: sockets leak`]),
      ...(processesLeft === 0 ? [] : [`${round}: processes are left`]),
    ];
  });
  return [
    ...leaks,
    ...(isFlat(second?.late, first?.late) ? [] : ['memory grows from start to start']),
    ...(isFlat(long?.late, long?.early) ? [] : ['memory grows while it runs']),
  ];
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const main = async (): Promise<number> => {
  await using project = new Project();
  const problems = complaints(await soak(project));
  for (const problem of problems) say(problem);
  say(problems.length === 0 ? 'flat' : 'not flat');
  return problems.length === 0 ? 0 : 1;
};

if (process.argv[2] === 'callers') await beCallers(process.argv.slice(3));
else process.exit(await main());
