/** Contracts are templates with `{{names}}` in contracts/, in which code and NatSpec are written; values are filled in here. */
import { invariant } from '../../errors.ts';

/** Every name of the template must have a value. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{([\w.]+)\}\}/g, (_, key: string) => {
    const value = values[key];
    invariant(value !== undefined, `the contract's template asks for "${key}"`);
    return value;
  });
}

/** An interface as the part of a file: licence, pragma and imports stand once, at the top. */
export function withoutPreamble(source: string): string {
  return source.slice(source.indexOf('/// @title')).trim();
}
