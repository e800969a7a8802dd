/** A broken law, as the ledger writes it down. */

export interface Problem {
  /** The law of FAULTS §4 that was broken, or the row of the catalogue. */
  readonly law: string;
  readonly what: string;
}

export interface Violation extends Problem {
  /** Or the id of a message to webhooks; empty for what concerns neither. */
  readonly uploadId: string;
}
