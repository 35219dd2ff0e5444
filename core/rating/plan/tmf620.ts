import type { TariffBook } from './event.ts';
export function readTmf620(_files: ReadonlyMap<string, string>): TariffBook {
  throw new Error('later');
}
