/** Deliberate faults in the journal code. Each must be noticed by the crash test; a battery that never failed proves nothing. */
import { type Batch, Journal, type Write } from '#local/stepfunctions/journal/store.ts';
import type { MakeJournal } from './simulator.ts';

type Alter = (batch: Batch, append: (batch: Batch) => void) => void;

function mutant(alter: Alter): MakeJournal {
  return (options, db) => {
    class Faulty extends Journal {
      override append(batch: Batch): void {
        alter(batch, (altered) => super.append(altered));
      }
    }
    return new Faulty(options, db);
  };
}

function altered(batch: Batch, change: (write: Write) => Write | undefined): Batch {
  const writes = batch.writes.map(change).filter((write) => write !== undefined);
  return { ...batch, writes };
}

const THREAD = 'insert into threads';
const EXECUTION = 'update executions set status';
const RESUME_PARAMETER = 7;
const DUE_PARAMETER = 8;

function replaced(write: Write, index: number, value: string | number | null): Write {
  return { ...write, values: write.values.map((old, at) => (at === index ? value : old)) };
}

export interface Mutant {
  readonly fault: string;
  readonly makeJournal: MakeJournal;
}

export const MUTANTS: readonly Mutant[] = [
  {
    fault: 'acts before the commit',
    makeJournal: mutant((batch, append) => {
      batch.durable();
      append({ ...batch, durable: () => {} });
    }),
  },
  {
    fault: 'commits the events apart from the state of the threads',
    makeJournal: mutant((batch, append) => {
      const isEvent = (write: Write) => write.sql.startsWith('insert into history');
      append({ writes: batch.writes.filter((write) => !isEvent(write)), durable: () => {} });
      append({ writes: batch.writes.filter(isEvent), durable: batch.durable });
    }),
  },
  {
    fault: 'forgets which executions have to be resumed',
    makeJournal: mutant((batch, append) =>
      append(
        altered(batch, (write) =>
          write.sql.startsWith(EXECUTION) ? replaced(write, RESUME_PARAMETER, 0) : write,
        ),
      ),
    ),
  },
  {
    fault: 'journals another token than it sends',
    makeJournal: mutant((batch, append) =>
      append(
        altered(batch, (write) => {
          if (!write.sql.startsWith(THREAD)) return write;
          const body = JSON.parse(String(write.values[2])) as { task?: { token: string } };
          if (body.task === undefined) return write;
          body.task.token = `${body.task.token.slice(0, -2)}00`;
          return replaced(write, 2, JSON.stringify(body));
        }),
      ),
    ),
  },
  {
    fault: 'forgets timers',
    makeJournal: mutant((batch, append) =>
      append(
        altered(batch, (write) =>
          write.sql.startsWith(EXECUTION) ? replaced(write, DUE_PARAMETER, null) : write,
        ),
      ),
    ),
  },
  {
    fault: 'does not journal that a result came in',
    makeJournal: mutant((batch, append) => {
      const came = batch.writes.some((write) =>
        /(Task|LambdaFunction)Succeeded$/.test(String(write.values[4])),
      );
      if (came) batch.durable();
      else append(batch);
    }),
  },
];
