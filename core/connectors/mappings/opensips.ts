import type { Mapping } from './mapping.ts';

/**
 * CDRs of OpenSIPS's acc module through db_flatstore: fields split by `|` and never quoted. The file also holds
 * requests that did not become calls; those lines are shorter and go to quarantine with their number of fields.
 */
export const opensips: Mapping = {
  name: 'opensips',
  doc: 'OpenSIPS acc with flatstore and do_accounting("db", "cdr"), extra_fields "db: caller; callee" holding the two numbers. Lines of requests without a call have fewer fields and are quarantined.',
  dataset: 'usage',
  delimited: {
    delimiter: '|',
    quote: null,
    header: false,
    fields: [
      'method',
      'from_tag',
      'to_tag',
      'callid',
      'sip_code',
      'sip_reason',
      'time',
      'caller',
      'callee',
      'setuptime',
      'created',
      'duration',
      'ms_duration',
    ],
  },
  columns: {
    record_id: { from: 'callid' },
    correlation_id: { from: 'callid' },
    partial_sequence: { constant: '1' },
    final_partial: { constant: 'true' },
    source: { constant: 'opensips' },
    service: { constant: 'voice' },
    a_number: { from: 'caller', read: 'phone-number' },
    b_number: { from: 'callee', read: 'phone-number' },
    // On CDR lines this is when the call was answered, as seconds since 1970.
    start_time: { from: 'time', read: 'epoch-seconds' },
    session_start: { from: 'time', read: 'epoch-seconds' },
    quantity: { from: 'duration' },
  },
};
