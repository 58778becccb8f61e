import type { S3Client } from "@aws-sdk/client-s3";

/**
 * S3's client and commands, loaded where they are first needed. A small message of a step does without them, and a
 * function that starts for one starts sooner.
 */
export const loadS3 = () => import("@aws-sdk/client-s3");

/** A client of S3 that is made once it is asked for something. */
export class LazyS3 {
  readonly #make: () => Promise<S3Client>;
  #made: Promise<S3Client> | null = null;

  constructor(make: () => Promise<S3Client>) {
    this.#make = make;
  }

  async send(command: never): Promise<unknown> {
    this.#made ??= this.#make();
    return await (await this.#made).send(command);
  }

  destroy(): void {
    this.#made?.then((client) => client.destroy());
  }
}
