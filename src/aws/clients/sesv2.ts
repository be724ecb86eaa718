// The commands of this service that are used: only these reach the bundle, and the IAM policy is made from them.
export { SESv2Client as Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
