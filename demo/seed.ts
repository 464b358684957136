// The app's first data, written by its own code. Running it twice leaves the same data.
import type { Env } from './env.ts';

const NAMES = [
  'Ada Lovelace',
  'Alan Turing',
  'Barbara Liskov',
  'Donald Knuth',
  'Edsger Dijkstra',
  'Frances Allen',
  'Grace Hopper',
  'Hedy Lamarr',
  'John Backus',
  'Katherine Johnson',
  'Margaret Hamilton',
  'Radia Perlman',
] as const;

const PLANS = ['free', 'team', 'business'] as const;
const FIRST_USER = 123;
const DAY_MS = 86_400_000;
const EPOCH = Date.UTC(2026, 0, 5);
const SESSION_SECONDS = 7 * 86_400;

const userId = (index: number): string => `user-${FIRST_USER + index}`;

/** Seeds an empty stage; returns at once when it has its users. */
export const seed = async (env: Env): Promise<void> => {
  const seeded = await env.DB.prepare('SELECT count(*) AS n FROM users').first<{ n: number }>();
  if (seeded !== null && seeded.n >= NAMES.length) return;
  await Promise.all([seedStorage(env), seedCache(env)]);
  await env.JOBS.send({ id: 'seed-welcome', kind: 'welcome-mail', userId: userId(0) });
  // Last, because it is what the check above looks at.
  await seedUsers(env);
};

const seedUsers = async ({ DB }: Env): Promise<void> => {
  const insert = DB.prepare(
    'INSERT OR IGNORE INTO users (id, name, email, plan, created_at) VALUES (?, ?, ?, ?, ?)',
  );
  await DB.batch(
    NAMES.map((name, index) =>
      insert.bind(
        userId(index),
        name,
        `${name.toLowerCase().replace(' ', '.')}@example.com`,
        PLANS[index % PLANS.length],
        new Date(EPOCH + index * DAY_MS).toISOString(),
      ),
    ),
  );
};

const seedStorage = async ({ STORAGE }: Env): Promise<void> => {
  const uploads = NAMES.map((name, index) => ({
    key: `uploads/${userId(index)}/avatar.svg`,
    body: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><title>${name}</title></svg>\n`,
  }));
  const report = {
    key: 'reports/2026-01.csv',
    body: `plan,users\n${PLANS.map((plan) => `${plan},4`).join('\n')}\n`,
  };
  await Promise.all([...uploads, report].map(({ key, body }) => STORAGE.put(key, body)));
};

const seedCache = async ({ CACHE }: Env): Promise<void> => {
  const sessions = NAMES.slice(0, 5).map((name, index) =>
    CACHE.put(`session:${userId(index)}`, JSON.stringify({ name }), {
      expirationTtl: SESSION_SECONDS,
    }),
  );
  const pages = ['home', 'pricing', 'docs'].map((page) =>
    CACHE.put(`page:${page}`, `<h1>${page}</h1>`),
  );
  await Promise.all([...sessions, ...pages]);
};
