/** Time as an argument, so that tests can turn it. */
export interface Clock {
  /** Milliseconds since some fixed point; never goes back. */
  now(): number;
  /** Milliseconds since the epoch, for things that other machines compare (AWS expirations, certificates). */
  wall(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
};
