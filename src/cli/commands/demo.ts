import { join } from "node:path";
import type { CommandHost } from "../command.ts";
import { styleOf } from "../style.ts";

/** `watchkeeper demo`: the main job on the local cloud, start to end. Leaves nothing behind. */
export function registerDemo({ program, io, finish, run }: CommandHost): void {
  program
    .command("demo")
    .description("watch the main job run on a local cloud; needs no AWS account and touches none")
    .action(async () => {
      // Whatever credentials are here belong to somebody: nothing below may find them.
      for (const name of Object.keys(process.env))
        if (/^AWS_(?!SDK_JS_)/.test(name)) delete process.env[name];
      const { packageFolder } = await import("../../app/package-files.ts");
      const { DemoFailed, Stage } = await import("../demo/stage.ts");
      const { tellStory } = await import("../demo/story.ts");
      const { tellOfRepair } = await import("../demo/frozen.ts");
      const started = performance.now();
      const examples = join(packageFolder(), "examples");
      const stage = await Stage.open(io, run, {
        scenario: join(examples, "scenarios/fleet.yaml"),
        config: join(examples, "essentials.yaml"),
      });
      const style = styleOf(io.stdout, io.env);
      try {
        await tellStory(stage);
        await tellOfRepair((files) => Stage.open(io, run, files));
        const seconds = ((performance.now() - started) / 1000).toFixed(0);
        await io.stdout.write(
          `\n${style.green("That was the whole story")}, in ${seconds} s, on a cloud inside this process; it is gone now.\n` +
            "Next: watchkeeper init, watchkeeper plan. Or explore: watchkeeper local --scenario examples/scenarios/fleet.yaml\n",
        );
      } catch (error) {
        if (!(error instanceof DemoFailed)) throw error;
        await io.stderr.write(`${style.red("The demo failed:")} ${error.message}\n`);
        finish(1);
      } finally {
        await stage.close();
      }
    });
}
