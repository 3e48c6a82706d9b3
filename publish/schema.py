"""The tables of the ledger, one script a version; a script that has been released is never changed."""

from __future__ import annotations

MIGRATIONS = (
    """
CREATE TABLE calls (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL, channel TEXT NOT NULL, target TEXT NOT NULL,
  run TEXT NOT NULL, step TEXT NOT NULL, api TEXT NOT NULL, about TEXT NOT NULL
);
CREATE INDEX calls_by_api ON calls (channel, target, api, at);
CREATE TABLE outcomes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  call INTEGER NOT NULL REFERENCES calls, at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('done', 'refused', 'lost', 'found', 'absent')),
  answer TEXT NOT NULL
);
CREATE INDEX outcomes_by_call ON outcomes (call);
CREATE VIEW standing AS
  SELECT calls.*, o.state AS state, o.answer AS answer, o.at AS settled
  FROM calls LEFT JOIN outcomes o ON o.id = (SELECT max(id) FROM outcomes WHERE call = calls.id);
CREATE TABLE runs (
  run TEXT PRIMARY KEY, channel TEXT NOT NULL, target TEXT NOT NULL, push TEXT NOT NULL,
  started TEXT NOT NULL, finished TEXT
);
CREATE TABLE receipts (
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, channel TEXT NOT NULL, body TEXT NOT NULL,
  previous TEXT NOT NULL UNIQUE, digest TEXT NOT NULL UNIQUE
);
CREATE TABLE accounts (
  account TEXT PRIMARY KEY, appid TEXT NOT NULL, api TEXT NOT NULL, since TEXT NOT NULL
);
CREATE TABLE images (
  account TEXT NOT NULL, sha256 TEXT NOT NULL, use TEXT NOT NULL CHECK (use IN ('body', 'material', 'film')),
  url TEXT NOT NULL, media_id TEXT NOT NULL, bytes INTEGER NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (account, sha256, use)
);
CREATE TABLE drafts (
  account TEXT NOT NULL, media_id TEXT NOT NULL, push TEXT NOT NULL, run TEXT NOT NULL,
  at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('there', 'published', 'sent', 'deleted', 'gone')),
  articles TEXT NOT NULL,
  PRIMARY KEY (account, media_id)
);
CREATE TABLE publications (
  account TEXT NOT NULL, publish_id TEXT NOT NULL, push TEXT NOT NULL, media_id TEXT NOT NULL,
  run TEXT NOT NULL, at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'published', 'failed', 'deleted')),
  status INTEGER NOT NULL, article_id TEXT NOT NULL, articles TEXT NOT NULL,
  PRIMARY KEY (account, publish_id)
);
CREATE TABLE sends (
  account TEXT NOT NULL, clientmsgid TEXT NOT NULL, push TEXT NOT NULL, media_id TEXT NOT NULL,
  run TEXT NOT NULL, at TEXT NOT NULL, audience TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'deleted')),
  msg_id TEXT NOT NULL, articles TEXT NOT NULL,
  PRIMARY KEY (account, clientmsgid)
);
CREATE TABLE deletions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL, what TEXT NOT NULL, key TEXT NOT NULL, place INTEGER NOT NULL,
  push TEXT NOT NULL, entry TEXT NOT NULL, at TEXT NOT NULL, why TEXT NOT NULL
)
""",
)
