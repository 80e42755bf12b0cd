import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOf } from '../../client/host.ts';

const hosts: readonly [typed: string, host: string | undefined][] = [
  ['schemas.example.com', 'schemas.example.com'],
  [' Schemas.Example.com ', 'schemas.example.com'],
  ['localhost:8080', 'localhost:8080'],
  ['https://schemas.example.com/v1/pets.yaml#/Pet', 'schemas.example.com'],
  ['http://127.0.0.1:9000/', '127.0.0.1:9000'],
  ['schemas.example.com/v1', 'schemas.example.com'],
  ['', undefined],
  ['*.example.com', undefined],
  ['two hosts', undefined],
  ['someone@example.com', undefined],
  ['ftp://example.com', undefined],
];

for (const [typed, host] of hosts) {
  test(`a host that is to be allowed: ${JSON.stringify(typed)} is ${host ?? 'none'}`, () => {
    assert.equal(hostOf(typed), host);
  });
}
