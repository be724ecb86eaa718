// The commands of this service that are used: only these reach the bundle, and the IAM policy is made from them.
export {
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  Route53Client as Client,
} from "@aws-sdk/client-route-53";
