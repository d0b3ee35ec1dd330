/**
 * The weighted sums of tiles by Freivalds' check (protocol section 11.1): with W the weights of a matrix, acc = W x of each of its
 * tiles, x the numbers of all its rows, but with probability tiles / r when it does weighted by powers of rho, a challenge that exists
 * after all of the trace. Computed weights stand beside W for each row by itself.
 *
 * Where the selector s_join is on, the four matrices are the quarters (o, i) of one, which all groups share: tile p is group p, half i of its
 * rows is multiplied by the quarters (0, i) and (1, i), and half o of its lanes is the sum of what (o, 0) and (o, 1) make.
 */
import type { Product } from '../../circuit/constraint-system.ts';
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { JOINED, tilePlace, tilesPerMatrix, VECTOR } from '../shape.ts';
import { overCopies } from './copies.ts';
import type { Forms, MachineWires } from './wires.ts';

type Products = Product<LinearForm>[];

export class TileRows {
  readonly #cs: ShapeBuilder;
  readonly #wires: MachineWires;
  readonly #one: LinearForm;
  /** s_join; 0 where matrices cannot be joined. */
  readonly #join: LinearForm;
  /** By tile of a matrix, not joined: (1 - s_join) rho^p. */
  readonly #alone: Forms;
  /** By group: s_join rho^g. */
  readonly #joined: Forms;

  /** @param powers rho^0, rho^1, .. as many as the most tiles that a matrix has, joined or not */
  constructor(cs: ShapeBuilder, wires: MachineWires, powers: Forms) {
    const { shape, challenge, share, model } = wires;
    this.#cs = cs;
    this.#wires = wires;
    this.#one = cs.constant(1n);
    this.#join = shape.joins ? wires.entry(model.selectors, 3) : cs.constant(0n);
    this.#joined = shape.joins
      ? powers.slice(0, shape.groups).map((_, g) => (g === 0 ? this.#join : share[challenge.joinPowers + g - 1]!))
      : [];
    this.#joined.slice(1).forEach((power, n) => {
      cs.row([this.#join, powers[n + 1]!], [cs.scale(-1n, power), this.#one]);
    });
    const alone = powers.slice(0, tilesPerMatrix(shape));
    this.#alone = shape.joins ? alone.map((power, p) => cs.sub(power, this.#joined[p]!)) : alone;
  }

  build(): void {
    this.#combine();
    this.#extra();
    if (this.#wires.shape.joins) this.#joinable();
    else this.#separate();
  }

  /** Of all tiles of a matrix the numbers of the same place, weighted. */
  #combine(): void {
    const [cs, wires, one] = [this.#cs, this.#wires, this.#one];
    const { joins, rowVectors, matrices, tile } = wires.shape;
    if (joins)
      overCopies(cs, [rowVectors, 2, tile, VECTOR], (v, i, o, k) => {
        const numbers = (g: number): LinearForm => wires.number(wires.trace.bank, v, g, i * tile + o, k);
        cs.row(...this.#ofGroups(numbers), [cs.scale(-1n, this.#half(v, i, o, k)), one]);
      });
    overCopies(cs, [rowVectors, matrices, tile, VECTOR], (v, w, o, k) => {
      const numbers = this.#ofTiles(w, (g, first) => wires.number(wires.trace.bank, v, g, first + o, k));
      const is = cs.scale(-1n, wires.combined(v, w, o, k));
      cs.row(...numbers, [joins ? cs.add(is, this.#half(v, w % 2, o, k)) : is, one]);
    });
  }

  /** What the computed weights add to the lanes of row o: none where a matrix has no computed part. */
  #extra(): void {
    const [cs, wires, one] = [this.#cs, this.#wires, this.#one];
    const { tile, matrices, computed, rowVectors } = wires.shape;
    const first = matrices - computed;
    overCopies(cs, [[0, first], tile, VECTOR], (w, o, l) => cs.row([this.#extraOf(w, o, l), one]));
    overCopies(cs, [[first, matrices], tile, VECTOR], (w, o, l) => {
      const weights = (v: number): Forms => wires.numbers(wires.trace.computed, [v, w - first, l]);
      const products = Array.from({ length: rowVectors }, (_, v) => this.#weigh(w, o, v, weights(v))).flat();
      cs.row(...products, [cs.scale(-1n, this.#extraOf(w, o, l)), one]);
    });
  }

  /** Each matrix by itself. */
  #separate(): void {
    const { matrices, tile } = this.#wires.shape;
    overCopies(this.#cs, [matrices, tile, VECTOR], (w, o, l) => {
      const sums = this.#ofTiles(w, (g, first) => this.#cs.scale(-1n, this.#acc(g, first + o, l)));
      this.#cs.row(...this.#weighted(w, o, l), [this.#extraOf(w, o, l), this.#one], ...sums);
    });
  }

  /** Each matrix by itself, or two of them for half of the lanes of all groups: the second of the two then has no equation of its own. */
  #joinable(): void {
    const [cs, one] = [this.#cs, this.#one];
    const { tile } = this.#wires.shape;
    const isAlone = cs.sub(one, this.#join);
    const negative = (form: LinearForm): LinearForm => cs.scale(-1n, form);
    overCopies(cs, [JOINED, tile, VECTOR], (w, o, l) => {
      cs.row(...this.#weighted(w, o, l), [negative(this.#fed(w, o, l)), one]);
    });
    overCopies(cs, [JOINED / 2, tile, VECTOR], (half, o, l) => {
      const w = 2 * half;
      cs.row(
        ...this.#ofTiles(w, (g, first) => this.#acc(g, first + o, l)),
        ...this.#ofGroups((g) => this.#acc(g, half * tile + o, l)),
        [negative(this.#fed(w, o, l)), one],
        [negative(this.#fed(w + 1, o, l)), this.#join],
        [negative(this.#extraOf(w, o, l)), isAlone],
      );
    });
    overCopies(cs, [JOINED / 2, tile, VECTOR], (half, o, l) => {
      const w = 2 * half + 1;
      cs.row(...this.#ofTiles(w, (g, first) => this.#acc(g, first + o, l)), [
        negative(cs.add(this.#fed(w, o, l), this.#extraOf(w, o, l))),
        isAlone,
      ]);
    });
  }

  /** Of the tiles of a matrix that is not joined, weighted: `of` has their group and their first row. */
  #ofTiles(w: number, of: (g: number, first: number) => LinearForm): Products {
    return this.#alone.map((power, p) => [power, of(...tilePlace(this.#wires.shape, w, p))]);
  }

  /** Of all groups, weighted; nothing where matrices are not joined. */
  #ofGroups(of: (g: number) => LinearForm): Products {
    return this.#joined.map((power, g) => [power, of(g)]);
  }

  /** The sums of all rows of a tile for lane l of its row o. */
  #weighted(w: number, o: number, l: number): Products {
    const { tile, rowVectors } = this.#wires.shape;
    const { weights } = this.#wires.model;
    return Array.from({ length: tile }, (_, s) =>
      Array.from({ length: rowVectors }, (_, v) =>
        this.#weigh(w, s, v, this.#wires.entries(weights, [v, w, o, l, s])),
      ).flat(),
    ).flat();
  }

  /** Weights times what is combined of vector v of row s of a matrix's tiles. */
  #weigh(w: number, s: number, v: number, weights: Forms): Products {
    return weights.map((weight, k) => [weight, this.#wires.combined(v, w, s, k)]);
  }

  #acc(g: number, row: number, l: number): LinearForm {
    return this.#wires.number(this.#wires.trace.acc, g, row, l);
  }
  #extraOf(w: number, o: number, l: number): LinearForm {
    return this.#wires.share[this.#wires.challenge.extra.at(w, o, l)]!;
  }
  #fed(w: number, o: number, l: number): LinearForm {
    return this.#wires.share[this.#wires.challenge.fed.at(0, w, o, l)]!;
  }
  #half(v: number, i: number, o: number, k: number): LinearForm {
    return this.#wires.share[this.#wires.challenge.halves.at(v, i, o, k)]!;
  }
}
