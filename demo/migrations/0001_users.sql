CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  plan TEXT NOT NULL CHECK (plan IN ('free', 'team', 'business')),
  created_at TEXT NOT NULL
);

CREATE INDEX users_by_plan ON users (plan);
