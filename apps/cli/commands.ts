import type { CommandSpec } from './command.ts';
import { ASK_COMMANDS } from './commands/ask.ts';
import { CASE_COMMANDS } from './commands/cases.ts';
import { CONTROL_COMMANDS } from './commands/controls.ts';
import { DATA_COMMANDS } from './commands/data.ts';
import { DEMO } from './commands/demo.ts';
import { DOCTOR } from './commands/doctor.ts';
import { EXPLAIN } from './commands/explain.ts';
import { FEEDS } from './commands/feeds.ts';
import { KPI_COMMANDS } from './commands/kpis.ts';
import { LOCAL_COMMANDS } from './commands/local.ts';
import { MATCH_COMMANDS } from './commands/match.ts';
import { RATE } from './commands/rate.ts';
import { RECORD_COMMANDS } from './commands/records.ts';
import { RUN_COMMANDS } from './commands/runs.ts';
import { VERDICT_COMMANDS } from './commands/verdicts.ts';
import { VERIFY } from './commands/verify.ts';
import { WATCH } from './commands/watch.ts';

/** Every command, in the order of `plumbline --help`. */
export const COMMANDS: readonly CommandSpec[] = [
  DEMO,
  DOCTOR,
  ...DATA_COMMANDS,
  FEEDS,
  WATCH,
  ...RUN_COMMANDS,
  ...CASE_COMMANDS,
  ...VERDICT_COMMANDS,
  ...KPI_COMMANDS,
  ...RECORD_COMMANDS,
  EXPLAIN,
  ...ASK_COMMANDS,
  ...CONTROL_COMMANDS,
  ...MATCH_COMMANDS,
  RATE,
  VERIFY,
  ...LOCAL_COMMANDS,
];
