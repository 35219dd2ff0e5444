/** One turn of a model without tools. */
export interface ChatQuestion {
  /** Model id, ARN of a custom model or of an inference profile. */
  readonly modelId: string;
  readonly system: string;
  readonly user: string;
  readonly signal: AbortSignal;
}

/** A model that answers one question with text: Bedrock's Converse, or recorded replies. */
export interface ChatModel {
  answer(question: ChatQuestion): Promise<string>;
}
