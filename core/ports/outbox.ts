import type { Json } from '#core/domain/hash.ts';

/** One message to another system, as a TM Forum payload. */
export interface OutboxMessage {
  /** Also the file name: the same key written twice is one message. */
  readonly idempotencyKey: string;
  readonly caseId: string;
  /** `TMF621` trouble ticket or `TMF678` customer-bill adjustment. */
  readonly api: 'TMF621' | 'TMF678';
  readonly payload: Json;
}

/** Where remedies go: a folder on a laptop, configured endpoints on AWS. */
export interface Outbox {
  /** True when the message is new, false when that key was there already (nothing is written then). */
  put(message: OutboxMessage): Promise<boolean>;
  list(caseId?: string): Promise<OutboxMessage[]>;
}
