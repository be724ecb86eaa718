/** A program that a suite wants and not every machine has. */
export interface Counterpart {
  readonly absent: boolean;
  /** The suite's title; says why it is skipped where it is. */
  title(suite: string): string;
}

/** `found`: what was found, for example a version; undefined when it isn't there, for this reason. */
export function counterpart(found: string | undefined, reason: string): Counterpart {
  if (found === undefined) console.warn(`skipped: ${reason}`);
  return {
    absent: found === undefined,
    title: (suite) => (found === undefined ? `${suite} (skipped: ${reason})` : `${suite} (${found})`),
  };
}
