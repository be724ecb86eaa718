// The commands of this service that are used: only these reach the bundle, and the IAM policy is made from them.
export {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  PublishCommand,
  SNSClient as Client,
  TagResourceCommand,
} from "@aws-sdk/client-sns";
