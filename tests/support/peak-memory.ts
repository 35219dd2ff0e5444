import { readFileSync } from 'node:fs';

/**
 * The most memory this process ever held, in MB. Linux keeps `maxRSS` over fork and exec, so a child of a large test
 * worker is told its parent's size; `VmHWM` begins anew with the program. Elsewhere `maxRSS` is all there is.
 */
export function peakMegabytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
