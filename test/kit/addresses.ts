// Every request from an address of its own, or the tests of wrong credentials would shut one another out.

let count = 0;

export const nextAddress = (): string => {
  count += 1;
  return `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`;
};
