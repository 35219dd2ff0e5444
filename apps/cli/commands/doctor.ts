import pc from 'picocolors';
import { examine } from '#apps/host/doctor.ts';
import type { CommandResult, CommandSpec, Invocation } from '../command.ts';
import type { Output } from '../output.ts';

/** Says what this machine and data folder can do, and how to mend what they cannot. */
export const DOCTOR: CommandSpec = {
  usage: 'doctor',
  summary: 'Check versions, agent backends, data folder, engine and feeds; each line says how to mend it',
  example: 'plumbline doctor',
  run: doctor,
};

async function doctor(invocation: Invocation, output: Output): Promise<CommandResult> {
  const checks = await examine(invocation.home);
  const mark = {
    ok: pc.green('ok     '),
    warning: pc.yellow('warning'),
    failed: pc.red('failed '),
    unavailable: pc.dim('-      '),
  };
  for (const check of checks) {
    output.print(`${mark[check.status]}  ${check.what.padEnd(25)} ${check.found}`);
    if (check.next) output.print(`         ${pc.dim(`Next: ${check.next}`)}`);
  }
  const failed = checks.some((check) => check.status === 'failed');
  return { data: { checks }, exitCode: failed ? 1 : 0 };
}
