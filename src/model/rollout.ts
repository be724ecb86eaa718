/** How large a wave is: so many instances, a share of all, or whatever is left. */
export type WaveSize = number | `${number}%` | "rest";

/** How many failures are borne: so many, or a share of those tried. */
export type FailureLimit = number | `${number}%`;
