import type { QueryConfig } from 'pg';

/** A piece of a statement: its text between the values, and the values, which never become text. */
export class Sql {
  readonly texts: readonly string[];
  readonly values: readonly unknown[];

  constructor(texts: readonly string[], values: readonly unknown[]) {
    this.texts = texts;
    this.values = values;
  }

  /** What `pool.query` takes. */
  get query(): QueryConfig {
    return { text: this.texts.reduce((text, next, index) => `${text}$${index}${next}`), values: [...this.values] };
  }
}

/**
 * A statement or a piece of one: `` sql`SELECT * FROM orders WHERE id = ${id}` ``. What is put in becomes a parameter, and a
 * piece becomes a part of the whole: `` sql`${statement} LIMIT ${limit}` ``.
 */
export function sql(strings: TemplateStringsArray, ...parts: readonly unknown[]): Sql {
  const texts = [strings[0] ?? ''];
  const values: unknown[] = [];
  const append = (text: string) => texts.push((texts.pop() ?? '') + text);
  parts.forEach((part, index) => {
    if (part instanceof Sql) {
      append(part.texts[0] ?? '');
      texts.push(...part.texts.slice(1));
      values.push(...part.values);
    } else {
      values.push(part);
      texts.push('');
    }
    append(strings[index + 1] ?? '');
  });
  return new Sql(texts, values);
}

/** All conditions that are there, or none: `` sql`SELECT * FROM orders ${where([status && sql`status = ${status}`])}` ``. */
export function where(conditions: readonly (Sql | undefined | null | false | '' | 0)[]): Sql {
  const [first, ...others] = conditions.filter((condition) => condition instanceof Sql);
  if (!first) return sql``;
  return others.reduce((all, next) => sql`${all} AND (${next})`, sql`WHERE (${first})`);
}

/** A name from outside, of a column to sort by for one: only one of those that are known, as a parameter cannot be a name. */
export function name<Name extends string>(given: string, known: readonly Name[]): Sql {
  const found = known.find((each) => each === given);
  if (found === undefined) throw new RangeError(`${given} is none of ${known.join(', ')}.`);
  return new Sql([`"${found.replaceAll('"', '""')}"`], []);
}
