// A person's yes: the whole word, since Enter is soon pressed.
import type { World } from './command.ts';

export const saysYes = async (
  question: string,
  { note, readLine }: Pick<World, 'note' | 'readLine'>,
): Promise<boolean> => {
  note(question);
  return (await readLine()).trim() === 'yes';
};
