/** Tables of the journal. One file holds everything; a folder holds the file and a lock. */

/** Version of the tables and of the JSON in them; written into the file and checked when it is opened. */
export const JOURNAL_VERSION = 1;

export const SCHEMA = `
create table if not exists meta (key text primary key, value text not null) strict, without rowid;
create table if not exists machines (
  arn text primary key, name text not null, body text not null, definition integer not null,
  created integer not null, updated integer not null, revision text not null
) strict, without rowid;
create table if not exists definitions (id integer primary key, hash text not null unique, text text not null) strict;
create table if not exists tags (arn text not null, key text not null, value text not null, primary key (arn, key)) strict, without rowid;
create table if not exists executions (
  id integer primary key,
  arn text not null unique,
  machine text not null,
  definition integer not null,
  name text not null,
  status text not null,
  input text not null,
  output text, error text, cause text,
  started integer not null, stopped integer,
  body text not null,
  map_run text, item_index integer,
  resume integer not null default 0,
  due integer, due_kind text
) strict;
create index if not exists executions_machine on executions (machine, started desc, id desc) where map_run is null;
create index if not exists executions_due on executions (due) where due is not null;
create index if not exists executions_resume on executions (id) where resume = 1;
create index if not exists executions_map_run on executions (map_run, status, id) where map_run is not null;
create index if not exists executions_waited on executions (id) where status = 'RUNNING' and body ->> '$.waitedFor';
create table if not exists threads (execution integer not null, id text not null, body text not null, primary key (execution, id)) strict, without rowid;
create table if not exists history (
  execution integer not null, id integer not null, previous integer not null, at integer not null,
  type text not null, details text not null, primary key (execution, id)
) strict, without rowid;
create table if not exists map_runs (
  arn text primary key, execution integer not null, thread text not null, body text not null, status text not null,
  started integer not null, stopped integer, total integer not null default 0,
  succeeded integer not null default 0, failed integer not null default 0, aborted integer not null default 0, timed_out integer not null default 0
) strict, without rowid;
create index if not exists map_runs_execution on map_runs (execution);
create index if not exists map_runs_open on map_runs (arn) where stopped is null;
`;

export const PRAGMAS = `
pragma busy_timeout = 5000;
pragma journal_mode = WAL;
pragma synchronous = FULL;
pragma foreign_keys = ON;
pragma trusted_schema = OFF;
pragma cache_size = -32000;
`;
