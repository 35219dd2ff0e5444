import type { Mapping } from './mapping.ts';

/**
 * TM Forum TMF635 Usage, version 4: one Usage resource per session or partial. The standard leaves the names of
 * usageCharacteristic open; these are the ones expected, `characteristic.<name>` below.
 */
export const tmf635: Mapping = {
  name: 'tmf635',
  doc: 'TMF635 v4 Usage resources with the characteristics originatingNumber, destinationNumber, duration or quantity or volume, and optionally correlationId, sequence, final, imsi, visitedPlmn, cell, source, sessionStart.',
  dataset: 'usage',
  columns: {
    record_id: { from: 'id' },
    correlation_id: { from: ['characteristic.correlationId', 'id'] },
    partial_sequence: { from: 'characteristic.sequence', otherwise: '1' },
    final_partial: { from: 'characteristic.final', otherwise: 'true' },
    source: { from: 'characteristic.source', otherwise: 'tmf635' },
    service: {
      from: 'usageType',
      values: { VOICE: 'voice', Voice: 'voice', SMS: 'sms', Sms: 'sms', DATA: 'data', Data: 'data' },
    },
    a_number: { from: 'characteristic.originatingNumber', read: 'phone-number' },
    b_number: { from: 'characteristic.destinationNumber', read: 'phone-number' },
    imsi: { from: 'characteristic.imsi' },
    visited_plmn: { from: 'characteristic.visitedPlmn' },
    cell: { from: 'characteristic.cell' },
    start_time: { from: 'usageDate' },
    session_start: { from: ['characteristic.sessionStart', 'usageDate'] },
    quantity: { from: ['characteristic.quantity', 'characteristic.duration', 'characteristic.volume'] },
  },
};
