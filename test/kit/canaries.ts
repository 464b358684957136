// Secrets that somebody sends where he should not. Each is a word of its own, so that one found in a log names the way
// it took.

export interface Canaries {
  /** A fresh one for this way in: fit to be a header, an identifier and a part of a path; in capitals, so no stage. */
  of(channel: string): string;
  /** How many were sent, by the way they took. */
  readonly sent: ReadonlyMap<string, number>;
  /** `channel: canary` for those that are in the text. */
  in(text: string): string[];
}

export const createCanaries = (): Canaries => {
  const words: [channel: string, word: string][] = [];
  const sent = new Map<string, number>();
  return {
    sent,
    of: (channel) => {
      const word = `CANARY_${words.length}_${crypto.randomUUID().replaceAll('-', '').toUpperCase()}`;
      words.push([channel, word]);
      sent.set(channel, (sent.get(channel) ?? 0) + 1);
      return word;
    },
    in: (text) => {
      const folded = text.toUpperCase();
      return words.flatMap(([channel, word]) =>
        folded.includes(word) ? [`${channel}: ${word}`] : [],
      );
    },
  };
};
