/** The process around the command line: what commands may read, and where they write. Nothing else touches `process`. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Asks on the terminal; rejects when there is none. */
  ask(question: string): Promise<string>;
  /** Whether somebody sits there to answer. */
  readonly interactive: boolean;
  /** The built program of the store's thread. From source there is none, and stores work in the thread of the command. */
  readonly storeThread?: URL;
}

/** Code of the error of an output that can't be written: a full disk. */
export const OUTPUT_FAILED = "output-failed";

/** One stream of output. */
export interface Output {
  /** Resolves when the text is taken, so that large outputs don't pile up in memory. */
  write(text: string): Promise<void>;
  readonly isTerminal: boolean;
  readonly columns: number;
}
