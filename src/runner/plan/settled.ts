// Has the last operation on a resource come to its end? Alchemy's own word for it tells.

export const isSettled = (status: string): boolean => status === 'created' || status === 'updated';

export const unfinished = (status: string): string =>
  `Its last operation did not finish (${status}): deploy again.`;
