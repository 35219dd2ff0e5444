import type { Remedy } from '#core/domain/case.ts';
import type { Direction, Segment } from './fault.ts';
import type { LookalikeKind } from './lookalikes.ts';

/** The row of the change log that stands behind a fault, without id, time and actor. */
export interface MoreChange {
  readonly system: string;
  readonly kind: string;
  readonly target: string;
  readonly description: string;
}

/** A kind of fault that a sample has only where it is asked for. */
export interface MoreFamilyFacts {
  readonly control: string;
  readonly symptom: string;
  readonly direction: Direction;
  /** Where it is: the records of this segment are touched. */
  readonly segment: Segment;
  readonly rootCause: string;
  readonly remedies: readonly Remedy[];
  readonly change: MoreChange;
  /** What else happens at the same time and is innocent: same system, other kind. */
  readonly innocent: MoreChange;
  /** The innocent thing in the same feed that looks alike. */
  readonly lookalike: LookalikeKind;
}

const change = (system: string, kind: string, target: string, description: string): MoreChange => ({
  system,
  kind,
  target,
  description,
});

/** Families beside those of every sample, by name. Each needs feeds that the default sample does not have. */
export const MORE_FAMILIES = {
  'discount-past-end': {
    control: 'R07',
    symptom: 'outside-validity',
    direction: 'under',
    segment: { offer_id: 'O-SMART' },
    rootCause: 'A discount goes on after the end of its campaign.',
    remedies: ['rebill-adjustment', 'tariff-change-request'],
    change: change(
      'billing',
      'campaign',
      'O-SMART',
      'Spring campaign of O-SMART copied to the new catalogue.',
    ),
    innocent: change('billing', 'report', 'O-SMART', 'Report on bills of O-SMART extended.'),
    lookalike: 'reversed-discount',
  },
  'discounts-stacked': {
    control: 'R08',
    symptom: 'stacked',
    direction: 'under',
    segment: { offer_id: 'O-FAMILY' },
    rootCause: 'Two discounts that exclude each other are given together.',
    remedies: ['rebill-adjustment', 'tariff-change-request'],
    change: change(
      'billing',
      'discount-rule',
      'O-FAMILY',
      'Order in which discounts of O-FAMILY are applied.',
    ),
    innocent: change('billing', 'layout', 'O-FAMILY', 'Layout of the bill of O-FAMILY changed.'),
    lookalike: 'single-discount',
  },
  'one-off-fee-lost': {
    control: 'R10',
    symptom: 'fee-not-billed',
    direction: 'under',
    segment: { segment: 'consumer' },
    rootCause: 'Fees of completed orders are not handed over to billing.',
    remedies: ['rebill-adjustment'],
    change: change(
      'crm',
      'order-interface',
      'orders',
      'Interface of completed orders to billing reconfigured.',
    ),
    innocent: change('crm', 'training', 'shops', 'Shop staff trained in the new form.'),
    lookalike: 'waived-fee',
  },
  'minimum-not-charged': {
    control: 'R11',
    symptom: 'below-minimum',
    direction: 'under',
    segment: { offer_id: 'O-BIZ' },
    rootCause: 'The bill run no longer charges the difference to the minimum.',
    remedies: ['rebill-adjustment'],
    change: change('billing', 'minimum-rule', 'O-BIZ', 'Rule of the monthly minimum of O-BIZ rewritten.'),
    innocent: change('billing', 'layout', 'O-BIZ', 'Summary page of O-BIZ bills added.'),
    lookalike: 'minimum-reached',
  },
  'invoice-not-booked': {
    control: 'R13',
    symptom: 'not-booked',
    direction: 'under',
    segment: { segment: 'business' },
    rootCause: 'Invoices are left out of the export to the general ledger.',
    remedies: ['ticket-only'],
    change: change(
      'erp',
      'ledger-export',
      'business',
      'Export of business invoices moved to a queue of its own.',
    ),
    innocent: change('erp', 'archive', 'business', 'Archive of business invoices compressed.'),
    lookalike: 'late-booking',
  },
  'tax-rate-outdated': {
    control: 'R14',
    symptom: 'tax-too-low',
    direction: 'under',
    segment: { segment: 'business' },
    rootCause: 'Tax is computed at a rate that is not the one in force.',
    remedies: ['ticket-only'],
    change: change('billing', 'tax-table', 'business', 'Tax table of business customers reloaded.'),
    innocent: change('billing', 'layout', 'business', 'Tax summary of business bills printed in bold.'),
    lookalike: 'tax-rounding',
  },
  'rate-inverted': {
    control: 'R15',
    symptom: 'inverse-rate',
    direction: 'over',
    segment: { segment: 'consumer' },
    rootCause: 'Amounts in foreign currency are converted in the wrong direction.',
    remedies: ['credit-note'],
    change: change(
      'treasury',
      'fx-load',
      'USD',
      'Delivery of exchange rates for USD taken from another bank.',
    ),
    innocent: change('treasury', 'report', 'USD', 'Report on positions in USD added.'),
    lookalike: 'converted-line',
  },
  'credit-without-approval': {
    control: 'R16',
    symptom: 'no-approval',
    direction: 'under',
    segment: { segment: 'consumer' },
    rootCause: 'Credits are posted without the reference of an approval.',
    remedies: ['ticket-only'],
    change: change(
      'crm',
      'credit-workflow',
      'credits',
      'Step of approval in the workflow of credits made optional.',
    ),
    innocent: change('crm', 'form', 'shops', 'Complaint form translated.'),
    lookalike: 'approved-credit',
  },
  'service-left-open': {
    control: 'P03',
    symptom: 'service-not-sold',
    direction: 'under',
    segment: { offer_id: 'O-YOUNG' },
    rootCause: 'A service that nobody bought stays open in the network.',
    remedies: ['provisioning-fix', 'ticket-only'],
    change: change('hlr', 'profile-template', 'O-YOUNG', 'Template of network profiles of O-YOUNG replaced.'),
    innocent: change('hlr', 'backup', 'O-YOUNG', 'Backup of profiles moved to another disk.'),
    lookalike: 'service-sold',
  },
  'suspense-forgotten': {
    control: 'U12',
    symptom: 'over-age',
    direction: 'under',
    segment: { service: 'voice', source: 'msc-east' },
    rootCause: 'Rejected records stay in suspense and nobody sends them in again.',
    remedies: ['suspense-reprocessing', 'ticket-only'],
    change: change(
      'mediation',
      'reject-rule',
      'msc-east',
      'Validation of voice records of msc-east made stricter.',
    ),
    innocent: change('mediation', 'capacity', 'msc-east', 'Disk of the collector of msc-east enlarged.'),
    lookalike: 'released-suspense',
  },
  'filter-too-wide': {
    control: 'U13',
    symptom: 'filtered-billable',
    direction: 'under',
    segment: { service: 'data', source: 'pgw-west' },
    rootCause: 'A filter of mediation drops records that are to be charged.',
    remedies: ['suspense-reprocessing', 'ticket-only'],
    change: change('mediation', 'filter-rule', 'pgw-west', 'Filter of data records of pgw-west replaced.'),
    innocent: change('mediation', 'capacity', 'pgw-west', 'Disk of the collector of pgw-west enlarged.'),
    lookalike: 'filtered-on-purpose',
  },
  'balance-undercharged': {
    control: 'U18',
    symptom: 'balance-charged-less',
    direction: 'under',
    segment: { offer_id: 'O-YOUNG' },
    rootCause: 'Prepaid balances are charged less than the usage costs.',
    remedies: ['rebill-adjustment'],
    change: change(
      'charging',
      'balance-upgrade',
      'O-YOUNG',
      'Software that charges balances of O-YOUNG upgraded.',
    ),
    innocent: change('charging', 'monitoring', 'O-YOUNG', 'Dashboard of balances of O-YOUNG extended.'),
    lookalike: 'balance-refund',
  },
} as const satisfies Record<string, MoreFamilyFacts>;

export type MoreFamily = keyof typeof MORE_FAMILIES;
export const MORE_FAMILY_NAMES = Object.keys(MORE_FAMILIES) as MoreFamily[];

/** True for the name of a family that a sample has only where it is asked for. */
export const isMoreFamily = (name: string): name is MoreFamily => Object.hasOwn(MORE_FAMILIES, name);
