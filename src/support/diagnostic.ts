export type DiagnosticSeverity = "error" | "warning";

/** Something to say about what a user wrote. Line and column count from 1; absent where there is no place to point at. */
export interface Diagnostic {
  readonly severity: DiagnosticSeverity;
  /** Stable, kebab-case: `unknown-alarm`. */
  readonly code: string;
  readonly message: string;
  /** File, as the user named it. */
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
}

/** `file:line:column  message`, the form editors and terminals can jump to. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { path, line, column, message, severity } = diagnostic;
  const place = path === undefined ? "" : `${path}${line === undefined ? "" : `:${line}:${column ?? 1}`}  `;
  return `${place}${severity === "warning" ? "warning: " : ""}${message}`;
}

/** Whether any of them is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}
