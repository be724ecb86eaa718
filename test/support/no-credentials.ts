// Whatever credentials are on this machine belong to somebody: no test may find them.
for (const name of Object.keys(process.env)) {
  if (/^AWS_(?!SDK_JS_)/.test(name) || name === "WATCHKEEPER_CLOCK_URL") delete process.env[name];
}
process.env["AWS_CONFIG_FILE"] = "/dev/null";
process.env["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
process.env["AWS_EC2_METADATA_DISABLED"] = "true";
