/** What people ask about. */
export const INTENTS = [
  'largest-cases',
  'lapsing',
  'case',
  'case-money',
  'case-decisions',
  'control',
  'controls',
  'find-control',
  'cases-of-control',
  'cases-of-change',
  'cases-about',
  'leakage',
  'recovered',
  'case-counts',
  'oldest-cases',
  'newest-cases',
  'feeds',
  'changes',
  'change',
  'contract',
  'runs',
  'run',
  'compare',
  'to-do',
  'kpis',
  'config',
  'summary',
  'help',
] as const;
export type Intent = (typeof INTENTS)[number];

/** Which id must stand in a question for it to be of this kind. */
export type Entity = 'case' | 'control' | 'kpi' | 'run' | 'change' | 'topic';

/** By which words a question is recognised. */
export interface IntentWords {
  readonly intent: Intent;
  /** What it asks, for the list of what can be answered. */
  readonly example: string;
  readonly entity?: Entity;
  /** One word of each group must stand in the question; more than one of a group counts no more. */
  readonly all: readonly (readonly string[])[];
  /** Words that make it likelier. */
  readonly some: readonly string[];
  /** Words that speak against it. */
  readonly not?: readonly string[];
}

/** Words of a list, written with spaces between them. */
const w = (words: string): readonly string[] => words.split(' ');

const CASE = w('case cases finding findings issue issues leak leaks problem problems');
const MONEY = w('money revenue amount euro euros eur much worth value cost costs');
const CONTROL = w('control controls check checks rule rules');

/** The table. Where two kinds fit equally well, the one that stands first is taken. */
export const INTENT_WORDS: readonly IntentWords[] = [
  {
    intent: 'case-money',
    example: 'How much money is at stake in case C-…?',
    entity: 'case',
    all: [MONEY],
    some: w('stake worth recovered confirmed potential impact recover lapse'),
    not: w('why explain cause reason'),
  },
  {
    intent: 'case-decisions',
    example: 'Who approved case C-…, and when?',
    entity: 'case',
    all: [w('approved rejected decided decision decisions approval approver')],
    some: w('who when what on was'),
    not: w('why explain cause reason opened'),
  },
  {
    intent: 'case',
    example: 'Why was case C-… opened, and what was proposed?',
    entity: 'case',
    all: [],
    some: w('why explain cause reason status tell show happened proposed decided summary'),
  },
  {
    intent: 'cases-of-control',
    example: 'Which cases did control U06 open?',
    entity: 'control',
    all: [CASE],
    some: w('found opened open which many largest'),
  },
  {
    intent: 'cases-of-change',
    example: 'Which cases did CHG-1234 cause?',
    entity: 'change',
    all: [CASE],
    some: w('caused cause which by because'),
  },
  {
    intent: 'change',
    example: 'What is CHG-1234?',
    entity: 'change',
    all: [],
    some: w('what change when deployed happened show who tell about'),
  },
  {
    intent: 'control',
    example: 'What does control U05 check?',
    entity: 'control',
    all: [],
    some: [...CONTROL, ...w('what does compare compares tolerance outcome do mean look explain')],
  },
  {
    intent: 'kpis',
    example: 'What is K4?',
    entity: 'kpi',
    all: [],
    some: w('kpi kpis value scorecard figure'),
  },
  {
    intent: 'run',
    example: 'Summarise run usage-reconciliation-…',
    entity: 'run',
    all: [],
    some: w('run summary summarise result show'),
  },
  {
    intent: 'lapsing',
    example: 'Which cases are about to lapse?',
    all: [
      w(
        'lapse lapses lapsing lapsed expire expires expiring expired deadline deadlines run-out back-bill backbill recoverable time-barred urgent late',
      ),
    ],
    some: [...CASE, ...MONEY, ...w('about soon first next running out still charged before')],
    not: w('contract contracts agreement feed feeds file files data'),
  },
  {
    intent: 'feeds',
    example: 'Which feeds are missing?',
    all: [w('feed feeds file files data input inputs slots dataset datasets')],
    some: w(
      'missing incomplete late complete arrived absent gaps gap health which lack lacking come quality',
    ),
    not: w('check-data contract kpi kpis'),
  },
  {
    intent: 'changes',
    example: 'What changed on 14 October?',
    all: [
      w('changed change changes deployed deployment deployments released release rollout upgrade upgrades'),
    ],
    some: w('what when log on in system systems network happened which'),
    not: w('contract password status settings'),
  },
  {
    intent: 'changes',
    example: 'What happened on 18 October?',
    all: [w('happened happens')],
    some: w('what on in'),
    not: [...CASE, ...CONTROL],
  },
  {
    intent: 'contract',
    example: 'What does the contract with TERMS-O1 say about roaming?',
    all: [
      w(
        'contract contracts agreement agreements clause clauses price-list pricelist terms tariff promised agreed',
      ),
    ],
    some: w('say says about with what which price list roaming rounding fee say'),
  },
  {
    intent: 'contract',
    example: 'What does the price list say about national calls?',
    all: [
      w('price prices'),
      w('list lists say says calls call agreed minute message messages megabyte plan roaming'),
    ],
    some: w('what about say says is of on plan a'),
  },
  {
    intent: 'recovered',
    example: 'How much have we recovered so far?',
    all: [w('recovered recovery recover returned credited refunded back owe owed')],
    some: [...MONEY, ...w('how far customers already total have we')],
    not: w('lapse contract'),
  },
  {
    intent: 'largest-cases',
    example: 'Which cases are largest?',
    all: [
      w('largest biggest top most highest worst important expensive major greatest first'),
      [...CASE, ...MONEY, ...w('leakage losses loss differences')],
    ],
    some: w('which what are show list by'),
    not: w('control controls oldest newest lapse'),
  },
  {
    intent: 'oldest-cases',
    example: 'Which open cases are oldest?',
    all: [w('oldest longest ageing aging stale waiting-longest'), [...CASE, ...w('open one ones')]],
    some: w('which open waiting'),
  },
  {
    intent: 'newest-cases',
    example: 'Which cases are new?',
    all: [w('newest new latest recent recently'), CASE],
    some: w('which opened what'),
  },
  {
    intent: 'leakage',
    example: 'How much leakage was there in October 2026?',
    all: [w('leakage loss losses lost lose losing leaked leaking under-charged undercharged exposure gap')],
    some: [...MONEY, ...w('how month last total found year in')],
  },
  {
    intent: 'case-counts',
    example: 'How many cases wait for a decision?',
    all: [[...CASE, ...w('decisions decision approval approvals proposals approve')]],
    some: w(
      'many how open closed waiting wait awaiting decision approve approval number count rejected investigating list pending there are which queue all show need must',
    ),
  },
  {
    intent: 'cases-about',
    example: 'Which cases concern roaming?',
    entity: 'topic',
    all: [CASE],
    some: w('concern concerns about involve involves regarding affect affects which with on in of'),
    not: w('lapse lapses lapsing expire expires expiring largest biggest oldest newest many contract'),
  },
  {
    intent: 'controls',
    example: 'Which controls failed, and which could not look?',
    all: [[...CONTROL, ...w('breach breaches inconclusive')]],
    some: w(
      'failed failing fail breach breached passed pass inconclusive look many which outcome outcomes list all red error ran are could not there found nothing clean',
    ),
    not: w('config configuration duplicates duplicate'),
  },
  {
    intent: 'find-control',
    example: 'Which control looks for duplicates?',
    all: [CONTROL, w('for find finds detect detects catch catches covers cover about looks against')],
    some: w('which what is there a any'),
    not: w('failed config configuration'),
  },
  {
    intent: 'kpis',
    example: 'Show the scorecard.',
    all: [
      w(
        'kpi kpis scorecard indicators indicator completeness coverage precision residual unexplained timeliness accuracy lag quarantine quarantined positive positives suspense',
      ),
    ],
    some: w('show what is are the our value how good high mean means does many false were'),
  },
  {
    intent: 'kpis',
    example: 'How many records were rejected?',
    all: [w('rejected quarantine quarantined'), w('record records lines rows data feed feeds')],
    some: w('how many were are'),
    not: CASE,
  },
  {
    intent: 'config',
    example: 'Is the configuration right?',
    all: [
      w(
        'config configuration configured misconfigured misconfiguration setup set-up settings backend model doctor installation installed machine',
      ),
    ],
    some: w('check is right correct ok wrong which anything everything is valid what used my healthy'),
  },
  {
    intent: 'runs',
    example: 'Which runs are there?',
    all: [w('runs run reconciliation reconciliations reconciled executions')],
    some: w('which last latest when list show were there are what many'),
    not: w('out contract'),
  },
  {
    intent: 'compare',
    example: 'Compare October with September.',
    all: [w('compare compared comparison versus')],
    some: w('with to run runs month months last october september period periods between'),
  },
  {
    intent: 'to-do',
    example: 'What should I do next?',
    all: [
      w('should must need next to-do'),
      w('do next to-do work start look begin first priority priorities attention'),
    ],
    some: w('what i now today where'),
    not: [...CONTROL, 'approve'],
  },
  {
    intent: 'summary',
    example: 'Give me a summary.',
    all: [w('summary summarise summarize overview briefing brief stand situation news status')],
    some: w('give me an where we do what current october month please show'),
  },
  {
    intent: 'help',
    example: 'What can you answer?',
    all: [w('help can able who'), w('you help ask answer')],
    some: w('what how questions do'),
    not: CASE,
  },
];

/** Words by which somebody asks for an effect. No agent has any; the command that a person can use is named. */
export const EFFECT_WORDS: Readonly<Record<string, string>> = {
  approve: 'plumbline cases approve',
  reject: 'plumbline cases reject',
  delete: '',
  remove: '',
  refund: 'plumbline cases approve',
  pay: 'plumbline cases approve',
  book: 'plumbline cases approve',
  close: 'plumbline cases reject',
  grant: '',
  execute: '',
  transfer: '',
  update: '',
  edit: '',
  ignore: '',
  disregard: '',
  forget: '',
  pretend: '',
};
