#!/usr/bin/env bun
// `bun mcp …`, here and in a project that has this package: the start, and what an operator does beside deploying. It
// knows neither Alchemy nor the Worker's inside: tokens it makes and checks by the rules in src/contract, and a running
// server it asks over HTTP.
import { createInterface } from 'node:readline';

import { now } from '../lib/clock.ts';
import { randomId } from '../lib/ids.ts';
import { run } from './run.ts';

async function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}

const env = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));

process.exitCode = await run(process.argv.slice(2), {
  env,
  now,
  drawId: randomId,
  readInput: () => Bun.stdin.text(),
  readLine,
  say: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
});
// A start that has stopped has told everything and closed everything but its timers, which nobody should wait for.
if (process.argv[2] === 'start') process.exit();
