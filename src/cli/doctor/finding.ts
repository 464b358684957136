// What a check has found: one line each, and what to do in it where something is to be done.
import { sentence } from '../../lib/visible-text.ts';

export interface Finding {
  readonly mark: '✓' | '!' | '✗';
  readonly text: string;
}

const MAX_CHARACTERS = 600;

/** A server's words may stand in it, so nothing in it can move a terminal's cursor or begin a line of its own. */
const finding = (mark: Finding['mark'], text: string): Finding => ({
  mark,
  text: sentence(text, MAX_CHARACTERS).replaceAll(/\s+/g, ' '),
});

export const good = (text: string): Finding => finding('✓', text);
/** Worth knowing; the server serves. */
export const notable = (text: string): Finding => finding('!', text);
export const bad = (text: string): Finding => finding('✗', text);
