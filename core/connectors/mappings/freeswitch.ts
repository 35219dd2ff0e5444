import type { Mapping } from './mapping.ts';

/** The `example` template of FreeSWITCH's mod_cdr_csv, which its default configuration uses. */
export const freeswitch: Mapping = {
  name: 'freeswitch',
  doc: 'FreeSWITCH mod_cdr_csv, template "example" (15 fields; the two codecs are optional), legs=a. With legs=ab every call is written twice and would be counted twice. Times are the server’s local time: name the zone when ingesting.',
  dataset: 'usage',
  delimited: {
    delimiter: ',',
    quote: '"',
    header: false,
    fields: [
      'caller_id_name',
      'caller_id_number',
      'destination_number',
      'context',
      'start_stamp',
      'answer_stamp',
      'end_stamp',
      'duration',
      'billsec',
      'hangup_cause',
      'uuid',
      'bleg_uuid',
      'accountcode',
      'read_codec',
      'write_codec',
    ],
    optionalFields: 2,
  },
  columns: {
    record_id: { from: 'uuid' },
    correlation_id: { from: 'uuid' },
    partial_sequence: { constant: '1' },
    final_partial: { constant: 'true' },
    source: { constant: 'freeswitch' },
    service: { constant: 'voice' },
    a_number: { from: 'caller_id_number', read: 'phone-number' },
    b_number: { from: 'destination_number', read: 'phone-number' },
    // The answer stamp is empty on calls that were not answered.
    start_time: { from: ['answer_stamp', 'start_stamp'] },
    session_start: { from: ['answer_stamp', 'start_stamp'] },
    quantity: { from: 'billsec' },
  },
};
