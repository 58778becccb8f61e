// Gives an instance of a function a clock that the tests set ahead, before anything else of it is loaded.

const RealDate = Date;
let ahead = 0;

/** A clock that the parent sets ahead. */
class MovedDate extends RealDate {
  constructor(...given: [] | [number | string]) {
    super(...((given.length === 0 ? [MovedDate.now()] : given) as [number]));
  }

  static override now(): number {
    return RealDate.now() + ahead;
  }
}
globalThis.Date = MovedDate as DateConstructor;
const monotonic = performance.now.bind(performance);
performance.now = () => monotonic() + ahead;

process.on("message", (milliseconds: number) => {
  ahead = milliseconds;
  process.send?.("set");
});
