/** What the process ends with: 0 done or nothing pending, 1 an error or something left undone, 2 changes (with `--detailed-exitcode`). */
export type ExitCode = 0 | 1 | 2;
