import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { type Finished, probe, run } from "./child-process.ts";

const AWS_PROVIDER = "registry.terraform.io/hashicorp/aws";

/** Why Terraform's AWS provider can't be used on this machine, or the folder of plugins that holds it. */
export type TerraformFound = { readonly plugins: string } | { readonly missing: string };

/**
 * Looks for Terraform, and for its AWS provider where Terraform itself looks on disk; the tests download nothing.
 * `WATCHKEEPER_TERRAFORM_PLUGINS` names another folder.
 */
export function findTerraform(): TerraformFound {
  if (probe("terraform", ["version"]).code !== 0) return { missing: "terraform is not installed" };
  const data = process.env["XDG_DATA_HOME"] ?? join(homedir(), ".local/share");
  const folders = [
    process.env["WATCHKEEPER_TERRAFORM_PLUGINS"],
    process.env["TF_PLUGIN_CACHE_DIR"],
    join(homedir(), ".terraform.d/plugins"),
    join(data, "terraform/plugins"),
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
  ];
  const plugins = folders.find((folder) => folder !== undefined && existsSync(join(folder, AWS_PROVIDER)));
  return plugins === undefined
    ? {
        missing:
          "Terraform's AWS provider is in none of its plugin folders; WATCHKEEPER_TERRAFORM_PLUGINS can name one",
      }
    : { plugins };
}

/** A folder with a Terraform configuration. */
export interface TerraformProject {
  /** Replaces the configuration. */
  write(configuration: string): void;
  /** Runs a command there; never asks, never waits for a lock. */
  run(command: string, ...args: readonly string[]): Promise<Finished>;
  remove(): void;
}

/** Makes one. */
export function terraformProject(): TerraformProject {
  const folder = mkdtempSync(join(tmpdir(), "watchkeeper-terraform-"));
  return {
    write: (configuration) => writeFileSync(join(folder, "main.tf"), configuration),
    run: (command, ...args) =>
      run("terraform", [command, "-input=false", "-no-color", ...args], {
        cwd: folder,
        environment: { CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" },
        timeoutMs: 50_000,
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
