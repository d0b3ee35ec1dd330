/**
 * What was verified, as a type: verifiers alone make such values, so that what asks for one cannot be asked of an unverified proof
 * (`provenBatch`, `verifyMember`).
 */
declare const proven: unique symbol;

/** A value that a verifier gave out. */
export type Proven<T> = T & { readonly [proven]: true };
