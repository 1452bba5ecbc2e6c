import type { Resource } from './aws-double-access.ts';

/** An AWS error that the double answers with. */
export class AwsAnswerError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Throws the service's AccessDenied unless the calling role may do the current action on this resource. */
export type Authorise = (resource: Resource) => void;

/** The JSON body of a request. */
export type JsonInput = Readonly<Record<string, unknown>>;

export function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function textOf(value: unknown): string {
  return optionalText(value) ?? '';
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

export function jsonInput(body: string): JsonInput {
  const parsed: unknown = JSON.parse(body);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}
