import { globMatcher } from "../../support/glob.ts";
import { AwsError } from "../aws-error.ts";

/** What a request of a machine asks for. */
export interface Ask {
  readonly action: string;
  readonly resource: string;
}

/** Whether a policy allows or forbids something; undefined: it says nothing of it. */
export type Decision = "allow" | "deny" | undefined;

interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly conditional: boolean;
  matches(ask: Ask): boolean;
}

const parsed = new Map<string, readonly Statement[]>();
const KEPT = 1_000;

/**
 * What a policy's document says of an ask. Statements with conditions never allow, and always deny: who asks can't be told from
 * here, and a machine must not be let in by mistake.
 */
export function decide(document: string, ask: Ask): Decision {
  let decision: Decision;
  for (const statement of statementsOf(document)) {
    if (!statement.matches(ask)) continue;
    if (statement.effect === "Deny") return "deny";
    if (!statement.conditional) decision = "allow";
  }
  return decision;
}

/**
 * Checks a policy document as IAM does when it is put; `kind` decides what a statement must have. Throws MalformedPolicyDocument.
 */
export function checkPolicyDocument(document: string | undefined, kind: "trust" | "identity"): string {
  const text = document ?? "";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed(kind === "trust" ? "This policy contains invalid Json" : "Syntax errors in policy.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed("Syntax errors in policy.");
  const policy = value as Readonly<Record<string, unknown>>;
  const version = policy["Version"];
  if (version !== undefined && version !== "2012-10-17" && version !== "2008-10-17")
    throw malformed("The policy failed legacy parsing");
  const statements = listOf(policy["Statement"]);
  if (policy["Statement"] === undefined || statements.length === 0)
    throw malformed(
      kind === "trust" ? "Missing required field Statement" : "The policy failed legacy parsing",
    );
  for (const statement of statements) checkStatement(statement, kind);
  return text;
}

function checkStatement(value: unknown, kind: "trust" | "identity"): void {
  if (typeof value !== "object" || value === null) throw malformed("Syntax errors in policy.");
  const statement = value as Readonly<Record<string, unknown>>;
  const effect = statement["Effect"];
  if (effect === undefined) throw malformed("Missing required field Effect");
  if (effect !== "Allow" && effect !== "Deny") throw malformed(`Invalid effect: ${String(effect)}`);
  if (statement["Action"] === undefined && statement["NotAction"] === undefined)
    throw malformed(
      kind === "trust" ? "Missing required field Action" : "Policy statement must contain actions.",
    );
  if (kind === "trust") {
    if (statement["Principal"] === undefined) throw malformed("Missing required field Principal");
    if (statement["Resource"] !== undefined) throw malformed("Has prohibited field Resource");
    return;
  }
  if (statement["Principal"] !== undefined)
    throw malformed("Policy document should not specify a principal.");
  if (statement["Resource"] === undefined && statement["NotResource"] === undefined)
    throw malformed("Policy statement must contain resources.");
  for (const action of listOf(statement["Action"] ?? []))
    if (action !== "*" && !/^[\w*?-]+:[\w*?]+$/.test(String(action)))
      throw malformed(`Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.`);
  for (const resource of listOf(statement["Resource"] ?? []))
    if (resource !== "*" && !/^arn:/.test(String(resource)))
      throw malformed(`Resource ${String(resource)} must be in ARN format or "*".`);
}

function statementsOf(document: string): readonly Statement[] {
  const known = parsed.get(document);
  if (known) return known;
  const policy = JSON.parse(document) as { readonly Statement?: unknown };
  const statements = listOf(policy.Statement ?? []).map((value) => {
    const statement = value as Readonly<Record<string, unknown>>;
    // Actions don't tell case apart, resources do.
    const actions = matcher(statement["Action"], statement["NotAction"], true);
    const resources = matcher(statement["Resource"], statement["NotResource"], false);
    return {
      effect: statement["Effect"] === "Deny" ? ("Deny" as const) : ("Allow" as const),
      conditional: statement["Condition"] !== undefined,
      matches: ({ action, resource }: Ask) => actions(action) && resources(resource),
    };
  });
  if (parsed.size >= KEPT) parsed.clear();
  parsed.set(document, statements);
  return statements;
}

function matcher(wanted: unknown, unwanted: unknown, anyCase: boolean): (text: string) => boolean {
  const fold = (text: string) => (anyCase ? text.toLowerCase() : text);
  const globs = listOf(wanted ?? unwanted ?? []).map((pattern) => globMatcher(fold(String(pattern))));
  return (text) => globs.some((matches) => matches(fold(text))) === (wanted !== undefined);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function malformed(message: string): AwsError {
  return new AwsError("MalformedPolicyDocumentException", message);
}
