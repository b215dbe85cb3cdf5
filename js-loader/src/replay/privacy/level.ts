/** Privacy levels as numbers: a level is stricter the higher it is. */

/** `PrivacyLevel` of `rum-protocol/src/replay/head.rs`. */
export const enum Level {
  Allow = 0,
  MaskUserInput = 1,
  MaskUnlessAllowlisted = 2,
  Mask = 3,
  Hidden = 4,
}

/** By what the walk judges: the page's options, as far as the collector's policy lets them. */
export interface Policy {
  /** Of what says no level for itself. */
  fallback: Level;
  /** The page's attributes can only hide more than what they stand in, `fallback` at the top. */
  isLocked: boolean;
  /** Masked texts keep no word shapes. */
  isStrict: boolean;
  /** The collector's policy, told in each segment; undefined where it could not be asked. */
  version?: number;
}

/** Names of the levels, by their numbers. */
export const LEVELS = 'allow mask-user-input mask-unless-allowlisted mask hidden'.split(' ');
