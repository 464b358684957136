// A token as a person pastes it: a word, `Bearer …`, or through a pipe, which keeps it out of the shell's history.
import { CliProblem, type World } from './command.ts';

export const readToken = async (word: string | undefined, world: World): Promise<string> => {
  const text = word === undefined || word === '-' ? await world.readInput() : word;
  const token = text.trim().replace(/^Bearer +/i, '');
  if (token === '')
    throw new CliProblem('There is no token: give it as a word, or through a pipe.');
  return token;
};

/** Three parts, the first of them JSON: not a client's name, nor an id. */
export const looksLikeToken = (text: string): boolean => /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(text);
