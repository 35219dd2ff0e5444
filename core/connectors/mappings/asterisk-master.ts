import type { Mapping } from './mapping.ts';

/** `Master.csv` of Asterisk's cdr_csv: one call per line, 18 positional fields, text and times quoted. */
export const asteriskMaster: Mapping = {
  name: 'asterisk-master',
  doc: 'Asterisk cdr_csv Master.csv. Needs loguniqueid=yes in cdr.conf; loguserfield is optional. Times are the server’s local time unless usegmtime=yes: name the zone when ingesting. Calls that were not answered have a quantity of 0.',
  dataset: 'usage',
  delimited: {
    delimiter: ',',
    quote: '"',
    header: false,
    fields: [
      'accountcode',
      'src',
      'dst',
      'dcontext',
      'clid',
      'channel',
      'dstchannel',
      'lastapp',
      'lastdata',
      'start',
      'answer',
      'end',
      'duration',
      'billsec',
      'disposition',
      'amaflags',
      'uniqueid',
      'userfield',
    ],
    optionalFields: 1,
  },
  columns: {
    record_id: { from: 'uniqueid' },
    correlation_id: { from: 'uniqueid' },
    partial_sequence: { constant: '1' },
    final_partial: { constant: 'true' },
    source: { constant: 'asterisk' },
    service: { constant: 'voice' },
    a_number: { from: 'src', read: 'phone-number' },
    b_number: { from: 'dst', read: 'phone-number' },
    cell: { from: 'dstchannel' },
    // The answer time is empty on calls that were not answered.
    start_time: { from: ['answer', 'start'] },
    session_start: { from: ['answer', 'start'] },
    // billsec, not duration: duration includes ringing.
    quantity: { from: 'billsec' },
  },
};
