import type { Finding } from './probe-backends.ts';

/** How long one question to an endpoint may take, in milliseconds. A laptop without network is told at once. */
const LOOK_MS = 2_000;
/** A model may have to be loaded before it says a word. */
const ANSWER_MS = 8_000;

/** The smallest tool, to learn whether a model takes any. */
const TOOL = {
  type: 'function',
  function: { name: 'ping', description: 'Answers.', parameters: { type: 'object', properties: {} } },
} as const;

interface Reply {
  readonly status: number;
  readonly text: string;
}

/**
 * Says whether an OpenAI-compatible endpoint can answer agents: reachable, key accepted, model listed, tools taken.
 * Asks `GET /models`; then Ollama's `POST /api/show`, which lists what a model can do, or, where there is none, for an
 * answer of one token with a tool.
 */
export async function probeEndpoint(url: string, model: string, key: string | undefined): Promise<Finding> {
  const base = url.replace(/\/+$/, '');
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  const listed = await ask(`${base}/models`, { headers }, LOOK_MS);
  if (typeof listed === 'string') {
    return {
      usable: false,
      found: `${base} does not answer: ${listed}`,
      next: 'start the server, or correct openai-compatible.url or PLUMBLINE_MODEL_URL',
    };
  }
  if (listed.status === 401 || listed.status === 403) {
    return {
      usable: false,
      found: `${base} refuses the key (${listed.status})`,
      next: 'set PLUMBLINE_MODEL_KEY, or name the variable that holds the key in openai-compatible.keyEnv',
    };
  }
  const names = modelNames(listed);
  if (names === undefined) {
    return {
      usable: false,
      found: `${base}/models answers ${listed.status} and no list of models`,
      next: 'the address must end where /chat/completions begins, such as http://localhost:11434/v1',
    };
  }
  if (!names.includes(model) && !names.includes(`${model}:latest`)) {
    return {
      usable: false,
      found: `${base} does not list the model ${model}; it has ${names.slice(0, 8).join(', ') || 'none'}`,
      next: 'load the model there, or correct openai-compatible.model or PLUMBLINE_MODEL',
    };
  }
  return probeTools(base, model, headers);
}

async function probeTools(base: string, model: string, headers: Record<string, string>): Promise<Finding> {
  const lacking: Finding = {
    usable: false,
    found: `the model ${model} at ${base} takes no tools, and without tools an agent sees nothing`,
    next: 'use a model that calls tools (vLLM: --enable-auto-tool-choice; llama.cpp: --jinja)',
  };
  const usable: Finding = { usable: true, found: `${model} at ${base}, takes tools` };
  const body = JSON.stringify({ model });
  const shown = await ask(
    `${base.replace(/\/v1$/, '')}/api/show`,
    { method: 'POST', headers, body },
    LOOK_MS,
  );
  const capabilities = typeof shown === 'string' ? undefined : capabilitiesOf(shown);
  if (capabilities !== undefined) return capabilities.includes('tools') ? usable : lacking;
  const question = {
    model,
    stream: false,
    max_tokens: 1,
    messages: [{ role: 'user', content: 'ping' }],
    tools: [TOOL],
  };
  const answer = await ask(
    `${base}/chat/completions`,
    { method: 'POST', headers, body: JSON.stringify(question) },
    ANSWER_MS,
  );
  if (typeof answer === 'string') {
    return { usable: true, found: `${model} at ${base}; whether it takes tools is not known: ${answer}` };
  }
  if (answer.status < 300) return usable;
  if (/tool|jinja/i.test(answer.text)) return lacking;
  return {
    usable: false,
    found: `${model} at ${base} answers ${answer.status}: ${answer.text.slice(0, 200)}`,
    next: 'look at the log of the server',
  };
}

/** The reply, or in words why there is none. */
async function ask(url: string, request: RequestInit, timeoutMs: number): Promise<Reply | string> {
  try {
    const reply = await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs) });
    return { status: reply.status, text: await reply.text() };
  } catch (error) {
    const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    if (name === 'TimeoutError') return `nothing within ${timeoutMs / 1_000} s`;
    return cause?.code ?? cause?.message ?? message;
  }
}

function modelNames({ status, text }: Reply): string[] | undefined {
  if (status >= 300) return undefined;
  const data = (parse(text) as { data?: unknown } | undefined)?.data;
  if (!Array.isArray(data)) return undefined;
  return data.flatMap((one: { id?: unknown } | null) => (typeof one?.id === 'string' ? [one.id] : []));
}

function capabilitiesOf({ status, text }: Reply): unknown[] | undefined {
  const list =
    status < 300 ? (parse(text) as { capabilities?: unknown } | undefined)?.capabilities : undefined;
  return Array.isArray(list) ? list : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
