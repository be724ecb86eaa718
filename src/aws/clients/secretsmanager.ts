// The commands of this service that are used: only these reach the bundle, and the IAM policy is made from them.
export {
  GetSecretValueCommand,
  SecretsManagerClient as Client,
} from "@aws-sdk/client-secrets-manager";
