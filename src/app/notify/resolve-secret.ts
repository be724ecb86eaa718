import { parseArn } from "../../model/arn.ts";
import type { NotificationPolicy } from "../../model/notification-policy.ts";
import type { SecretReference } from "../../model/secret-reference.ts";
import { messageOf, WatchkeeperError } from "../../support/errors.ts";
import { Secret } from "../../support/secret.ts";
import type { AwsAccess } from "./aws-access.ts";

/** Where secrets are looked up. */
export interface SecretStores {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly aws: Pick<AwsAccess, "session">;
}

/**
 * Looks a secret up, anew each time. Parameters, secrets and keys are those of the configuration's first account and region; one
 * named by its ARN is looked up in its own region. `secretsmanager:name#key` takes one member of a secret that is JSON.
 * Rejects with `secret-unavailable` or the service's own error; neither holds anything of the secret.
 */
export async function resolveSecret(reference: SecretReference, stores: SecretStores): Promise<Secret> {
  const { store, name } = reference;
  switch (store) {
    case "env": {
      const value = stores.env[name];
      if (value === undefined || value === "")
        throw unavailable(
          `the environment variable ${name} is not set`,
          `set ${name}, where watchkeeper runs`,
        );
      return new Secret(value);
    }
    case "ssm": {
      const session = await stores.aws.session(parseArn(name)?.region);
      const { Parameter } = await session.send("ssm", "GetParameter", { Name: name, WithDecryption: true });
      return found(Parameter?.Value, `parameter ${name}`);
    }
    case "secretsmanager": {
      const [id = "", member] = name.split("#", 2);
      const session = await stores.aws.session(parseArn(id)?.region);
      const { SecretString } = await session.send("secretsmanager", "GetSecretValue", { SecretId: id });
      return member === undefined
        ? found(SecretString, `secret ${id}`)
        : found(memberOf(SecretString, member), `member ${member} of secret ${id}`);
    }
    case "kms": {
      const session = await stores.aws.session();
      const { Plaintext } = await session.send("kms", "Decrypt", {
        CiphertextBlob: Buffer.from(name, "base64"),
      });
      return found(Plaintext && Buffer.from(Plaintext).toString("utf8"), "the decrypted text");
    }
  }
}

/** Looks up every secret of these channels, so that a missing one is known at the start and not in the night. */
export async function checkSecrets(
  channels: NotificationPolicy["channels"],
  resolve: (reference: SecretReference) => Promise<Secret>,
): Promise<void> {
  const tried = Object.values(channels).flatMap(({ name, secrets }) =>
    Object.entries(secrets).map(async ([option, reference]) => {
      try {
        await resolve(reference);
        return [];
      } catch (error) {
        return [`channel ${name}, ${option}: ${messageOf(error)}`];
      }
    }),
  );
  const missing = (await Promise.all(tried)).flat();
  if (missing.length > 0)
    throw unavailable(
      missing.join("\n"),
      "secrets are looked up where watchkeeper runs: put them there, or name others",
    );
}

function found(value: string | undefined, what: string): Secret {
  if (value === undefined || value === "") throw unavailable(`${what} holds no text`);
  return new Secret(value);
}

function memberOf(text: string | undefined, member: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "");
  } catch {
    // The parser's message would quote the secret.
    throw unavailable(
      `the secret isn't JSON, so it has no member ${member}`,
      "leave #… away to take it whole",
    );
  }
  const of = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  return Object.hasOwn(of, member) && typeof of[member] === "string" ? of[member] : undefined;
}

function unavailable(message: string, remedy?: string): WatchkeeperError {
  return new WatchkeeperError("secret-unavailable", message, { remedy });
}
