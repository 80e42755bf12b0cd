/** What a person starts from passes the strictest rules, alone and brought into a document that is there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { applyEdits, createLintel } from '../../server/core/create.ts';
import { parseApiDocument } from '../../server/core/document.ts';
import { type Scaffold, scaffold } from '../../server/core/generate/scaffold.ts';
import { memoryHost } from '../../server/core/host.ts';

const strictly = async (text: string, name = 'api.yaml') => {
  const files = { [`file:///w/${name}`]: text, 'file:///w/.spectral.yaml': 'extends: [lintel:strict]\n' };
  const findings = await createLintel(memoryHost(files), rules).check(`file:///w/${name}`, defaultConfig);
  return findings.map(({ rule, message }) => `${rule}: ${message}`);
};

const wanted: readonly Scaffold[] = [
  { kind: 'openapi', title: 'Shop' },
  { kind: 'openapi', title: 'Shop', version: '3.2', resource: 'order items' },
  { kind: 'asyncapi', title: 'Shop' },
  { kind: 'asyncapi', title: 'Shop', event: 'invoice.sent' },
  { kind: 'resource', name: 'categories' },
  { kind: 'resource', name: 'status' },
  { kind: 'webhook', event: 'order.paid' },
  { kind: 'event', event: 'OrderPaid' },
  { kind: 'event', event: 'payment failed', action: 'receive' },
];

for (const one of wanted) {
  test(`passes lintel:strict: ${JSON.stringify(one)}`, async () => assert.deepEqual(await strictly(scaffold(one)), []));
}

test('the strict rules see these documents: one that lacks a key is found', async () => {
  const text = scaffold({ kind: 'resource', name: 'orders' }).replaceAll('name: Idempotency-Key', 'name: X-Other');
  assert.ok((await strictly(text)).some((finding) => finding.startsWith('idempotency-key-required')));
});

const data = (text: string) => parseApiDocument('file:///a.yaml', text).data as Record<string, Record<string, unknown>>;

test('names follow from how people say them', () => {
  const { paths, components } = data(scaffold({ kind: 'resource', name: 'OrderItem' }));
  assert.deepEqual(Object.keys(paths as object), ['/order-items', '/order-items/{orderItemId}']);
  assert.ok('OrderItemCreate' in (components?.schemas as object));
  const { channels, operations } = data(scaffold({ kind: 'event', event: 'order item shipped', action: 'receive' }));
  assert.deepEqual(Object.keys(channels as object), ['orderItemShipped', 'orderItemShippedDeadLetter']);
  assert.deepEqual(Object.keys(operations as object), ['receiveOrderItemShipped', 'sendOrderItemShippedDeadLetter']);
  assert.equal((channels?.orderItemShipped as { address: string }).address, 'order.items.shipped.v1');
});

test('a part brought into a document is as strict as alone, and shares what is there', async () => {
  const files = { 'file:///w/api.yaml': scaffold({ kind: 'openapi', title: 'Shop', resource: 'orders' }) };
  for (const part of [{ kind: 'resource', name: 'customers' } as const, { kind: 'webhook', event: 'order.paid' } as const]) {
    const lintel = createLintel(memoryHost(files), rules);
    const { edits, added, refused } = await lintel.mergeInto('file:///w/api.yaml', scaffold(part));
    assert.equal(refused, undefined);
    assert.ok(!added.some((message) => /Problem|BadRequest|Cursor/.test(message)), added.join('\n'));
    files['file:///w/api.yaml'] = applyEdits(files['file:///w/api.yaml'], edits);
    assert.deepEqual(await strictly(files['file:///w/api.yaml']), []);
  }
  const events = scaffold({ kind: 'asyncapi', title: 'Shop', event: 'order paid' });
  const lintel = createLintel(memoryHost({ 'file:///w/events.yaml': events }), rules);
  const { edits } = await lintel.mergeInto(
    'file:///w/events.yaml',
    scaffold({ kind: 'event', event: 'stock low', action: 'receive' }),
  );
  assert.deepEqual(await strictly(applyEdits(events, edits), 'events.yaml'), []);
});
