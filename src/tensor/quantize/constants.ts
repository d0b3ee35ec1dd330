/** The numbers that codes below zero stand for (integer.ts). */

/** Known numbers, each once. */
export class ConstantTable {
  readonly values: number[] = [0];
  readonly #numbers = new Map<number, number>([[0, 0]]);

  code(value: number): number {
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.values.push(value) - 1;
      this.#numbers.set(value, number);
    }
    return -1 - number;
  }
}
