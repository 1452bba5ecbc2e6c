import type { Decision } from './respond.ts';
import type { AdmissionRequest } from './review.ts';

export interface ReviewContext {
  /** When the request's first byte was read (clock.now, ms): what was fetched before is not fresh for this review. */
  readonly receivedAt: number;
  /** When the answer must leave (clock.now, ms): at least a second before the API server gives up. */
  readonly deadline: number;
  /** Aborts a moment before the deadline, at which the server answers whether the reviewer has settled or not. */
  readonly signal: AbortSignal;
}

/**
 * Decides about one review. A `LatchkeyError` LK-OVERLOADED answers 503, any other throw 500 (the registration's
 * failurePolicy decides), so every refusal that a user should read is returned, not thrown.
 */
export type Reviewer = (request: AdmissionRequest, context: ReviewContext) => Promise<Decision>;

/** Decides about one pod creation. */
export type PodReviewer = Reviewer;
