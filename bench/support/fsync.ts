import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Has the embedded DynamoDB write through to the disk, as PostgreSQL does and as DynamoDB promises: its
 * LevelDB would leave that to the operating system. The embedded S3 and SQS do by themselves (SQLite,
 * synchronous=FULL).
 */
export function writeThrough(): void {
  const level = require.resolve("level", { paths: [require.resolve("dynalite")] });
  const { ClassicLevel } = require(require.resolve("classic-level", { paths: [level] })) as {
    ClassicLevel: { prototype: Record<"_put" | "_batch" | "_del", (...args: unknown[]) => unknown> };
  };
  for (const name of ["_put", "_del", "_batch"] as const) {
    const write = ClassicLevel.prototype[name];
    ClassicLevel.prototype[name] = function (this: unknown, ...args: unknown[]) {
      const options = args.pop() as object;
      return write.call(this, ...args, { ...options, sync: true });
    };
  }
}
