import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formats, schemaOf } from '../../server/keywords/schemas.ts';

const links = {
  openapi: /^\S[^]*\n\n\[[\w ]+ Object\]\(https:\/\/spec\.openapis\.org\/oas\/v[\d.]+\.html#[a-z-]+-object\)$/,
  asyncapi:
    /^\S[^]*\n\n\[[\w ]+\]\(https:\/\/(?:www\.asyncapi\.com\/docs\/reference\/specification\/v[\d.]+#\w+Object|github\.com\/asyncapi\/bindings[\w/]*)\)$/,
};

interface Keyword {
  readonly name: string;
  readonly markdown: unknown;
}

/** Every keyword of a schema, and the references that lead nowhere. */
function inspect(schema: Readonly<Record<string, unknown>>) {
  const keywords: Keyword[] = [];
  const dangling: string[] = [];
  const definitions = schema.$defs as Record<string, unknown>;
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      if (key === '$ref' && typeof part === 'string' && !Object.hasOwn(definitions, part.slice('#/$defs/'.length)))
        dangling.push(part);
      if (key === 'properties') {
        for (const [name, property] of Object.entries(part as object)) {
          keywords.push({ name, markdown: property.markdownDescription });
        }
      }
      visit(key === 'properties' ? Object.values(part as object) : part);
    }
  };
  visit(schema);
  return { keywords, dangling, definitions };
}

for (const format of formats) {
  test(`${format.kind} ${format.version}: references hold, keywords are explained and linked`, async () => {
    const schema = await schemaOf(format);
    assert.ok(schema);
    const { keywords, dangling, definitions } = inspect(schema);
    assert.deepEqual(dangling, []);
    assert.deepEqual(
      Object.keys(definitions).filter((name) => definitions[name] === undefined),
      [],
    );
    assert.ok(keywords.length > 100);
    const described = keywords.filter(({ markdown }) => typeof markdown === 'string');
    const silent = new Set(keywords.filter(({ markdown }) => markdown === undefined).map(({ name }) => name));
    if (format.kind === 'openapi') assert.deepEqual([...silent], []);
    else assert.ok(described.length / keywords.length > 0.85, `silent: ${[...silent].join(' ')}`);
    for (const { name, markdown } of described) {
      assert.match(String(markdown), links[format.kind], name);
    }
  });
}

test('a version without a schema has none', async () => {
  assert.equal(await schemaOf({ kind: 'openapi', version: '9.9' }), undefined);
});
