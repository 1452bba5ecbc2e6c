/** A webhook in a process of its own. */
export interface Target {
  readonly url: string;
  /** PEM of its certificate authority. */
  readonly ca: string;
  readonly pid: number;
  stop(): Promise<void>;
}
