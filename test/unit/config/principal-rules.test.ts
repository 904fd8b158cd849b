/** The rules of Kafka's ssl.principal.mapping.rules (KIP-371). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { principalMapping, ValueFault } from '../../../src/config/index.ts'

const DUKE = 'CN=Duke,OU=ServiceUsers,O=Org,C=US'

const cases: [rules: string, subject: string, principal: string | undefined][] = [
  ['', DUKE, DUKE],
  ['DEFAULT', DUKE, DUKE],
  // The examples of Kafka's documentation.
  ['RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/', DUKE, 'Duke'],
  [
    'RULE:^CN=(.*?),OU=(.*?),O=(.*?),L=(.*?),ST=(.*?),C=(.*?)$/$1@$2/L',
    'CN=Adm,OU=Ops,O=Org,L=City,ST=State,C=US',
    'adm@ops',
  ],
  ['RULE:^.*[Cc][Nn]=([a-zA-Z0-9.]*).*$/$1/L , DEFAULT', DUKE, 'duke'],
  ['RULE:^CN=(.*?),.*$/$1/U', DUKE, 'DUKE'],
  ['RULE:^OU=.*$/x/, RULE:^CN=(\\w+),.*$/user-$1/', DUKE, 'user-Duke'],
  ['RULE:^OU=.*$/x/', DUKE, undefined],
  ['RULE:^OU=.*$/x/,DEFAULT', DUKE, DUKE],
  // A pattern matches the whole subject.
  ['RULE:CN=Duke/x/', DUKE, undefined],
  ['RULE:CN=Du|.*US/x/', DUKE, 'x'],
  ['RULE:^CN=a\\/b$/$0\\/c/', 'CN=a/b', 'CN=a/b/c'],
  ['RULE:^CN=(.*)$/$2/', 'CN=a', ''],
]

for (const [rules, subject, principal] of cases) {
  test(`${rules || 'no rule'}: ${subject} is ${principal}`, () => {
    assert.equal(principalMapping(rules)(subject), principal)
  })
}

for (const rules of [
  'RULE:a/b',
  'CN=a',
  'DEFAULT DEFAULT',
  'RULE:a/b/X',
  'RULE:(/b/',
  'DEFAULT,,',
]) {
  test(`${rules} are no rules`, () => {
    assert.throws(() => principalMapping(rules), ValueFault)
  })
}
