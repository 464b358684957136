-- What the app's own code did: the steps of each onboarding, and the jobs the queue delivered.
CREATE TABLE onboarding_steps (
  instance_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  step TEXT NOT NULL,
  result TEXT NOT NULL,
  done_at TEXT NOT NULL,
  PRIMARY KEY (instance_id, step)
);

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  user_id TEXT NOT NULL,
  delivered_at TEXT NOT NULL
);
