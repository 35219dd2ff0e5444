import { z } from 'zod';
import { PlumblineError } from '#core/domain/errors.ts';
import type { Json } from '#core/domain/hash.ts';
import type {
  AgentBackend,
  AgentQuestion,
  AgentRuntime,
  AgentStreamEvent,
} from '#core/ports/agent-runtime.ts';
import { costOf, type ModelPrice, picodollars, usdText } from './usd.ts';

/** What an answer is to be marked with, and what a conversation may cost. */
export interface Meter {
  readonly backend: AgentBackend;
  /** The model by its setting, used until a trace names the one that answers. */
  readonly model: string;
  /** The price of a model, or undefined where none is set: then nothing is counted. */
  readonly priceOf: (model: string) => ModelPrice | undefined;
  /** US dollars that one session may cost, as a decimal string. */
  readonly limitUsd?: string;
}

const tokens = z.number().int().nonnegative().nullish();
const traceSchema = z.object({
  trace: z.object({
    orchestrationTrace: z.object({
      modelInvocationInput: z.object({ foundationModel: z.string().nullish() }).nullish(),
      modelInvocationOutput: z
        .object({
          metadata: z
            .object({ usage: z.object({ inputTokens: tokens, outputTokens: tokens }).nullish() })
            .nullish(),
        })
        .nullish(),
    }),
  }),
});

/** Sessions whose cost is remembered: a conversation is a question or two, one after the other. */
const MOST_SESSIONS = 500;

/** Backend and model in one word, as it stands in records: `converse/amazon.nova-pro-v1:0`. */
export function answeredBy(backend: AgentBackend, model: string): string {
  return model.startsWith(`${backend}/`) ? model : `${backend}/${model}`;
}

/**
 * A runtime whose every trace says who answers (`answeredBy`), and after each call of a priced model what the session
 * has cost (`costUsd`). Throws AgentFailed as soon as a session costs more than its limit.
 */
export class MeteredRuntime implements AgentRuntime {
  readonly #inner: AgentRuntime;
  readonly #meter: Meter;
  readonly #spent = new Map<string, bigint>();

  constructor(inner: AgentRuntime, meter: Meter) {
    this.#inner = inner;
    this.#meter = meter;
  }

  async *ask(question: AgentQuestion): AsyncGenerator<AgentStreamEvent> {
    const { backend } = this.#meter;
    let { model } = this.#meter;
    for await (const event of this.#inner.ask(question)) {
      if (event.kind !== 'trace') {
        yield event;
        continue;
      }
      const parsed = traceSchema.safeParse(event.trace);
      const step = parsed.success ? parsed.data.trace.orchestrationTrace : undefined;
      model = step?.modelInvocationInput?.foundationModel ?? model;
      const usage = step?.modelInvocationOutput?.metadata?.usage;
      const spent = usage ? this.#spend(question.sessionId, model, usage) : undefined;
      const marks = {
        answeredBy: answeredBy(backend, model),
        ...(spent === undefined ? {} : { costUsd: usdText(spent) }),
      };
      yield { kind: 'trace', trace: { ...(event.trace as { [key: string]: Json }), ...marks } };
      if (spent !== undefined) this.#assertWithin(question, spent);
    }
  }

  #spend(
    sessionId: string,
    model: string,
    usage: {
      readonly inputTokens?: number | null | undefined;
      readonly outputTokens?: number | null | undefined;
    },
  ): bigint | undefined {
    const price = this.#meter.priceOf(model);
    if (price === undefined) return undefined;
    const cost = costOf(price, {
      inputTokens: usage.inputTokens ?? 0,
      outputTokens: usage.outputTokens ?? 0,
    });
    const spent = (this.#spent.get(sessionId) ?? 0n) + cost;
    this.#spent.delete(sessionId);
    this.#spent.set(sessionId, spent);
    const oldest = this.#spent.keys().next().value;
    if (this.#spent.size > MOST_SESSIONS && oldest !== undefined) this.#spent.delete(oldest);
    return spent;
  }

  #assertWithin(question: AgentQuestion, spent: bigint): void {
    const { limitUsd } = this.#meter;
    if (limitUsd === undefined || spent <= picodollars(limitUsd)) return;
    throw new PlumblineError('AgentFailed', {
      what: 'The conversation costs more than it may',
      where: `session ${question.sessionId}`,
      why: `${usdText(spent)} US dollars of at most ${limitUsd}`,
      next: 'raise costUsd in the limits of the agent, or use a cheaper model',
    });
  }
}
