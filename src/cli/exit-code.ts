/**
 * What the process ends with: 0 done or nothing pending, 1 an error or something left undone, 2 with `--detailed-exitcode` where a plan has
 * changes, and where an apply did what it could and something waits, so that a plan right after it has changes.
 */
export type ExitCode = 0 | 1 | 2;
