/** Tag of things in AWS that a configuration made: its name. IAM policies can name it. */
export const CONFIGURATION_TAG = "watchkeeper:config";
