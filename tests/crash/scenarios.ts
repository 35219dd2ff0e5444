/** Machines for the crash test: one for each kind of state, and every machine that ships. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeholders, substituteDefinition } from '#local/stepfunctions/definition/substitutions.ts';
import type { Scenario } from './simulator.ts';
import type { Reply } from './world.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:';
const INVOKE = 'arn:aws:states:::lambda:invoke';

/** One machine with every kind of state. */
export const KINDS: Scenario = {
  name: 'every kind of state',
  machines: {
    kinds: {
      QueryLanguage: 'JSONata',
      StartAt: 'First',
      States: {
        First: {
          Type: 'Task',
          Resource: `${FUNCTION}f`,
          Arguments: { step: 1 },
          Assign: { first: '{% $states.result.n %}' },
          Next: 'Pause',
        },
        Pause: { Type: 'Wait', Seconds: 3600, Next: 'Sides' },
        Sides: {
          Type: 'Parallel',
          Branches: [
            {
              StartAt: 'Left',
              States: {
                Left: {
                  Type: 'Task',
                  Resource: INVOKE,
                  Arguments: { FunctionName: `${FUNCTION}f`, Payload: { side: 'left' } },
                  Output: '{% $states.result.Payload %}',
                  End: true,
                },
              },
            },
            {
              StartAt: 'Right',
              States: {
                Right: {
                  Type: 'Task',
                  Resource: `${FUNCTION}f`,
                  Arguments: { side: 'right' },
                  Retry: [{ ErrorEquals: ['Flaky'] }],
                  End: true,
                },
              },
            },
          ],
          Next: 'Each',
        },
        Each: {
          Type: 'Map',
          Items: [1, 2],
          ItemProcessor: {
            StartAt: 'One',
            States: {
              One: {
                Type: 'Task',
                Resource: `${FUNCTION}f`,
                Arguments: { item: '{% $states.input %}' },
                End: true,
              },
            },
          },
          Next: 'Ask',
        },
        Ask: {
          Type: 'Task',
          Resource: `${INVOKE}.waitForTaskToken`,
          Arguments: { FunctionName: `${FUNCTION}f`, Payload: { token: '{% $states.context.Task.Token %}' } },
          TimeoutSeconds: 86400,
          Assign: { verdict: '{% $states.result.verdict %}' },
          Next: 'Spread',
        },
        Spread: {
          Type: 'Map',
          Items: [1, 2],
          MaxConcurrency: 1,
          ItemProcessor: {
            ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
            StartAt: 'Far',
            States: {
              Far: {
                Type: 'Task',
                Resource: `${FUNCTION}f`,
                Arguments: { far: '{% $states.input %}' },
                End: true,
              },
            },
          },
          Next: 'Nested',
        },
        Nested: {
          Type: 'Task',
          Resource: 'arn:aws:states:::states:startExecution.sync:2',
          Arguments: {
            StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:inner',
            Input: { from: 'kinds' },
          },
          Output: '{% $states.result.Output %}',
          Next: 'Decide',
        },
        Decide: {
          Type: 'Choice',
          Choices: [{ Condition: "{% $verdict = 'yes' and $first = 7 %}", Next: 'Last' }],
          Default: 'Wrong',
        },
        Last: {
          Type: 'Task',
          Resource: `${FUNCTION}f`,
          Arguments: { step: 'last' },
          Catch: [{ ErrorEquals: ['Refused'], Next: 'Done' }],
          End: true,
        },
        Done: { Type: 'Succeed' },
        Wrong: { Type: 'Fail', Error: 'Wrong' },
      },
    },
    inner: {
      QueryLanguage: 'JSONata',
      StartAt: 'Inside',
      States: {
        Inside: {
          Type: 'Task',
          Resource: `${FUNCTION}f`,
          Arguments: { inside: '{% $states.input.from %}' },
          End: true,
        },
      },
    },
  },
  input: { start: true },
  script: (state): Reply => {
    if (state === 'First') return { result: { n: 7 } };
    if (state === 'Right') return { result: 'right', failFirst: 'Flaky' };
    if (state === 'Last') return { failFirst: 'Refused' };
    if (state === 'Ask') return { answer: { verdict: 'yes' } };
    return { result: { state } };
  },
};

function shipped(name: string): unknown {
  const text = readFileSync(new URL(`../../statemachines/${name}.asl.json`, import.meta.url), 'utf8');
  const values = placeholders(text).map((placeholder) => [placeholder, valueFor(placeholder)]);
  return JSON.parse(substituteDefinition(text, Object.fromEntries(values)));
}

function valueFor(placeholder: string): string {
  if (placeholder.endsWith('BucketName')) return 'runs';
  const machine = /^(\w+)StateMachineArn$/.exec(placeholder)?.[1];
  const kebab = (text: string) => text.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase();
  if (machine !== undefined) return `arn:aws:states:us-east-1:000000000000:stateMachine:${kebab(machine)}`;
  return FUNCTION + kebab(placeholder.replace(/FunctionArn$/, ''));
}

const asking = {
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: `${INVOKE}.waitForTaskToken`,
      Arguments: { FunctionName: `${FUNCTION}f`, Payload: { token: '{% $states.context.Task.Token %}' } },
      End: true,
    },
  },
};

/** A parent that waits for a nested execution and for a distributed Map, all of which wait for answers that never come. */
function interrupted(
  name: string,
  more: {
    readonly machine?: Record<string, unknown>;
    readonly nested?: Record<string, unknown>;
    readonly branches?: readonly unknown[];
    readonly stopWhenWaiting?: number;
  },
): Scenario {
  const nested = {
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Arguments: { StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:asks', Input: {} },
    ...more.nested,
    End: true,
  };
  const spread = {
    Type: 'Map',
    Items: [1, 2],
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...asking },
    End: true,
  };
  const branches = [
    { StartAt: 'Nested', States: { Nested: nested } },
    { StartAt: 'Spread', States: { Spread: spread } },
    ...(more.branches ?? []),
  ];
  const waiting = {
    QueryLanguage: 'JSONata',
    StartAt: 'Both',
    States: { Both: { Type: 'Parallel', Branches: branches, End: true } },
    ...more.machine,
  };
  const { stopWhenWaiting } = more;
  return {
    name,
    machines: { waiting, asks: { QueryLanguage: 'JSONata', ...asking } },
    input: {},
    script: () => ({}),
    ...(stopWhenWaiting === undefined ? {} : { stopWhenWaiting }),
  };
}

const LATE = { StartAt: 'Late', States: { Late: { ...asking.States.Ask, TimeoutSeconds: 60 } } };

/** Ways in which a parent ends while others still work for it; everything has to end with it. */
export const INTERRUPTED: readonly Scenario[] = [
  interrupted('stopped from outside', { stopWhenWaiting: 4 }),
  interrupted('the machine times out', { machine: { TimeoutSeconds: 60 } }),
  interrupted('a task times out', { nested: { TimeoutSeconds: 60 } }),
  interrupted('a sibling fails', { branches: [LATE] }),
];

const CONCLUSION = {
  causeFound: true,
  cause: 'a tariff was changed',
  claims: [],
  hypotheses: [],
  remedy: 'ticket-only',
};

/** Replies of the functions by the state that calls them; every machine of the product uses these states. */
const REPLIES: Readonly<Record<string, Reply>> = {
  PlanPartitions: { result: { runId: 'run-00000001', planKey: 'plan.json' } },
  Reconcile: { result: { partitionId: 'p' } },
  MergePartitions: {
    result: {
      findingIds: ['F-1', 'F-2'],
      digest: 'd',
      manifestKey: 'm',
      violations: 2,
      findings: 2,
      materialFindings: 2,
    },
  },
  CloseUnfound: { result: { runId: 'run-00000001', closed: 1, explainedByTiming: 1, caseIds: ['C-0'] } },
  Investigate: { result: { conclusion: CONCLUSION } },
  VerifyExplanation: { result: { conclusion: CONCLUSION } },
  MakeProposal: { result: { proposalHash: '0123456789abcdef0123', remedy: 'ticket-only' } },
  RequestApproval: { answer: { verdict: 'approved', decisionId: 'D-1' } },
  ApplyRemediation: { result: { adjustments: 1 } },
  AwaitPosting: { answer: {} },
  VerifyRemediation: { result: { allMoved: true } },
  CloseVerified: { result: { state: 'closed' } },
  ExportRecords: {
    result: { version: '0123456789ab', training: 100, heldBack: 20, trainingKey: 't', heldBackKey: 'h' },
  },
  EvaluateCurrent: { result: { modelId: 'm-1', report: {} } },
  Tune: { result: { OutputModelArn: 'm-2' } },
  EvaluateCandidate: { result: { modelId: 'm-2', report: {} } },
  SwitchModel: { result: { switched: true } },
};

function productScript(state: string, payload: Readonly<Record<string, unknown>>): Reply {
  if (state === 'OpenCase') {
    const { findingId, runId } = payload;
    return {
      result: { caseId: `C-${String(findingId)}`, caseVersion: 1, findingId, runId, investigate: true },
    };
  }
  return REPLIES[state] ?? { result: {} };
}

/** The machines of the product, each driven to its end, with two items in every Map. */
function productScenarios(folder: string): Scenario[] {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plan.json'), JSON.stringify([{ partition: 1 }, { partition: 2 }]));
  const buckets = { runs: folder };
  const remediation = shipped('remediation');
  const investigation = shipped('investigation');
  const subject = {
    caseId: 'C-1',
    findingId: 'F-1',
    runId: 'run-00000001',
    asOf: '2026-11-02',
    proposalHash: '0123456789abcdef',
  };
  return [
    { name: 'remediation', machines: { remediation }, input: subject, script: productScript },
    {
      name: 'investigation',
      machines: { investigation, remediation },
      input: subject,
      script: productScript,
    },
    {
      name: 'usage-reconciliation',
      machines: { 'usage-reconciliation': shipped('usage-reconciliation'), investigation, remediation },
      input: { period: { from: '2026-10-01', to: '2026-11-01' } },
      script: productScript,
      buckets,
    },
    {
      name: 'model-tuning',
      machines: { 'model-tuning': shipped('model-tuning') },
      input: { agentName: 'investigator', currentModelId: 'm-1', baseModelId: 'base' },
      script: productScript,
    },
  ];
}

export function scenarios(folder: string): readonly Scenario[] {
  return [KINDS, ...productScenarios(folder)];
}
