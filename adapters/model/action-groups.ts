import type { ActionGroup, Parameter, ParameterType } from '#local/bedrock/agent.ts';

/** An action group as CreateAgentActionGroup and InvokeInlineAgent take it, as far as our agents use it. */
export interface ActionGroupRequest {
  readonly actionGroupName?: string | undefined;
  readonly actionGroupExecutor?: { readonly lambda?: string | undefined } | undefined;
  readonly functionSchema?:
    | {
        readonly functions?:
          | readonly {
              readonly name?: string | undefined;
              readonly description?: string | undefined;
              readonly parameters?:
                | Readonly<
                    Record<
                      string,
                      {
                        readonly type?: string | undefined;
                        readonly description?: string | undefined;
                        readonly required?: boolean | undefined;
                      }
                    >
                  >
                | undefined;
            }[]
          | undefined;
      }
    | undefined;
}

/** The requests that place an agent's tools with Bedrock, as the agent loop runs them. Throws a TypeError without a Lambda. */
export function actionGroupsOf(requests: readonly ActionGroupRequest[]): ActionGroup[] {
  return requests.map(({ actionGroupName = '', actionGroupExecutor, functionSchema }) => {
    const arn = actionGroupExecutor?.lambda;
    if (arn === undefined) throw new TypeError(`Action group ${actionGroupName} has no Lambda`);
    return {
      kind: 'operations',
      name: actionGroupName,
      executor: { kind: 'lambda', arn },
      operations: (functionSchema?.functions ?? []).map(
        ({ name = '', description = '', parameters = {} }) => ({
          kind: 'function' as const,
          name,
          description,
          requireConfirmation: false,
          parameters: Object.fromEntries(
            Object.entries(parameters).map(([parameter, detail]): [string, Parameter] => [
              parameter,
              {
                type: (detail.type ?? 'string') as ParameterType,
                required: detail.required ?? false,
                ...(detail.description === undefined ? {} : { description: detail.description }),
              },
            ]),
          ),
        }),
      ),
    };
  });
}
