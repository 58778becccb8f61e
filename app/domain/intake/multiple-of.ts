/** A number as JSON writes it: 19.99 is 1999 times ten to the power of -2. */
interface Decimal {
  digits: bigint;
  power: number;
}

/**
 * Makes a check for multiples of a step, as JSON's decimal numbers have them. Of 0.01, 19.99 is one, although a
 * division of JavaScript's numbers leaves a rest there.
 * https://json-schema.org/draft/2020-12/json-schema-validation#section-6.2.1
 *
 * @param step - more than zero
 */
export function multipleOf(step: number): (value: number) => boolean {
  const of = decimalOf(step);
  return (value) => {
    if (Number.isSafeInteger(step) && Number.isSafeInteger(value)) return value % step === 0;
    // JSON has larger numbers than JavaScript, which reads them as infinite.
    if (!Number.isFinite(value)) return false;
    const { digits, power } = decimalOf(value);
    const least = Math.min(power, of.power);
    return (digits * tenTo(power - least)) % (of.digits * tenTo(of.power - least)) === 0n;
  };
}

const tenTo = (power: number): bigint => 10n ** BigInt(power);

function decimalOf(value: number): Decimal {
  const [number = "", power = "0"] = String(value).split("e");
  const [whole = "", fraction = ""] = number.split(".");
  return { digits: BigInt(whole + fraction), power: Number(power) - fraction.length };
}
