/** How many revisions are remembered; a forgotten one merely asks AWS once more. */
const REMEMBERED = 20_000;

/**
 * When each revision was first seen by this replica. Nothing that was fetched before that moment serves the revision, so
 * `put-parameter` followed by `rollout restart` always shows the new value.
 */
export class Freshness {
  readonly #firstSeen = new Map<string, number>();

  /**
   * @param revision unambiguous key; `undefined` for a review that shares nothing
   * @param receivedAt when this review arrived (clock.now, ms)
   * @returns the moment before which nothing may have been fetched
   */
  after(revision: string | undefined, receivedAt: number): number {
    if (revision === undefined) return receivedAt;
    const known = this.#firstSeen.get(revision);
    if (known !== undefined) return known;
    this.#firstSeen.set(revision, receivedAt);
    if (this.#firstSeen.size > REMEMBERED) this.#forgetOldest();
    return receivedAt;
  }

  #forgetOldest(): void {
    const oldest = this.#firstSeen.keys().next().value;
    if (oldest !== undefined) this.#firstSeen.delete(oldest);
  }
}
