export function interpret(_p: unknown, _i: Float64Array): { outputs: Float64Array } {
  throw new Error('stub');
}
