import { isUtf8 } from 'node:buffer';

/** The body is no JSON. Carries nothing of it: `JSON.parse` quotes its input, short texts whole. */
export class NotJsonError extends Error {
  override readonly name = 'NotJsonError';

  constructor() {
    super('the body is not JSON');
  }
}

/**
 * A review's body as JSON. Bytes that are not UTF-8 are refused: decoding would quietly change them.
 * @throws NotJsonError
 */
export function parseJsonBody(body: Buffer): unknown {
  if (!isUtf8(body)) {
    throw new NotJsonError();
  }
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new NotJsonError();
  }
}
