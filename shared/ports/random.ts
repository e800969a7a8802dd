/** Randomness, so that the simulator can seed it. */
export interface Random {
  /** At least 128 random bits in lower-case Crockford base 32, 26 characters. */
  id(): string;
  /** A number in [0, 1), for jitter. */
  fraction(): number;
}
