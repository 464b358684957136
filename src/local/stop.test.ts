import { describe, expect, it } from 'bun:test';

import { launchersOf } from './stop.ts';

const chain = (...commands: string[]) =>
  commands.map((command, index) => ({ pid: index + 1, command }));

describe('launchersOf', () => {
  it('names the programs that only exist to run us, from the nearest outwards', () => {
    const npx = chain(
      'bun start',
      "sh -c 'bun' start",
      'npm exec bun@1.4.5 start',
      '-bash',
      'sshd',
    );
    expect(launchersOf(npx)).toEqual([1, 2, 3]);
  });

  it('knows bun by its path and by the name npm gives its binary', () => {
    expect(launchersOf(chain('/opt/bun/bin/bun.exe run start', 'zsh'))).toEqual([1]);
  });

  it('leaves out a shell that a person or a script works in', () => {
    expect(launchersOf(chain('bash', 'login'))).toEqual([]);
    expect(launchersOf(chain('bun start', 'bash -i', 'login'))).toEqual([1]);
    const script = 'bash -c npx -y bun@1.4.5 start & sleep 5';
    expect(launchersOf(chain('bun start', 'sh -c bun start', 'npm exec bun', script))).toEqual([
      1, 2, 3,
    ]);
    expect(launchersOf(chain('bun start', script))).toEqual([1]);
  });

  it('does not take a supervisor for a launcher', () => {
    expect(launchersOf(chain('systemd'))).toEqual([]);
  });
});
