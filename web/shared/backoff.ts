// How long to wait before trying again: longer each time, with jitter, so that a
// thousand browsers do not return at once after a restart.

export const FIRST_WAIT_MS = 500;
export const LONGEST_WAIT_MS = 10_000;

export class Backoff {
  /** Failures since the last success. */
  failures = 0;

  constructor(private readonly random: () => number) {}

  /** The next wait in milliseconds: between half and all of 0.5, 1, 2 … 10 seconds. */
  next(): number {
    const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures++);
    return whole * (0.5 + this.random() / 2);
  }

  reset(): void {
    this.failures = 0;
  }
}
