// The first thing a rollback does, and what needs nothing but the admin token: no traffic. A server too broken to be told is
// no reason to leave its version serving, so that is said and not thrown.
import { type AskAdmin, createAskAdmin } from '../admin-client.ts';
import { CliProblem, type World } from '../command.ts';
import { readDarkLaunch, setDarkLaunch } from '../dark-launch.ts';

export interface Closing {
  readonly isClosed: boolean;
  /** The percentage before, where it was told. */
  readonly before?: number;
}

export const closeTraffic = async (world: World, url: string | undefined): Promise<Closing> => {
  try {
    const ask = createAskAdmin(world, url);
    const before = await percentage(ask);
    // Without If-Match: whatever it is and whoever has just set it.
    await setDarkLaunch(ask, 0);
    world.say(`Dark launch: 0%${before === undefined ? '' : ` (it was ${before}%)`}.`);
    return { isClosed: true, ...(before !== undefined && { before }) };
  } catch (error) {
    if (!(error instanceof CliProblem)) throw error;
    world.note(`The dark launch was not set to 0%: ${error.message}`);
    return { isClosed: false };
  }
};

/** A server that cannot say it may still take it. */
const percentage = async (ask: AskAdmin): Promise<number | undefined> => {
  try {
    return (await readDarkLaunch(ask)).value.percentage;
  } catch (error) {
    if (error instanceof CliProblem) return undefined;
    throw error;
  }
};
