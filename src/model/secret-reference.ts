/** Where a secret lies: an environment variable, a parameter of Systems Manager, a secret of Secrets Manager, or text encrypted by KMS. */
export interface SecretReference {
  readonly store: "env" | "ssm" | "secretsmanager" | "kms";
  /** Variable, parameter or secret, or the ciphertext in base64. */
  readonly name: string;
}

const FORMS: Readonly<Record<SecretReference["store"], RegExp>> = {
  env: /^[A-Za-z_][A-Za-z0-9_]*$/,
  ssm: /^[A-Za-z0-9_.\-/:]{1,2048}$/,
  secretsmanager: /^[A-Za-z0-9/_+=.@\-:#]{1,2048}$/,
  kms: /^[A-Za-z0-9+/_-]+={0,2}$/,
};

/** How references are written, for messages. */
export const SECRET_FORMS = "env:NAME, ssm:/name, secretsmanager:name or kms:CIPHERTEXT";

/** What every reference matches and a secret itself doesn't, for schemas; `parseSecretReference` is stricter. */
export const SECRET_PATTERN = `^(?:${Object.keys(FORMS).join("|")}):.`;

/** The reference in a text; undefined when it is none, for example because it is the secret itself. */
export function parseSecretReference(text: string): SecretReference | undefined {
  const colon = text.indexOf(":");
  const store = text.slice(0, Math.max(0, colon));
  const name = text.slice(colon + 1);
  if (!Object.hasOwn(FORMS, store)) return undefined;
  return FORMS[store as SecretReference["store"]].test(name)
    ? { store: store as SecretReference["store"], name }
    : undefined;
}
