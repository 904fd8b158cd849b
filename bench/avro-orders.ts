/** Records of ten fields, for the benchmarks of the codecs and of the proxy. */

/** Their schema. */
export const ORDER_SCHEMA = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'customer', type: 'string' },
    { name: 'quantity', type: 'int' },
    { name: 'price', type: 'double' },
    { name: 'is_paid', type: 'boolean' },
    { name: 'coupon', type: ['null', 'string'] },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['NEW', 'SENT', 'DONE'] } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'created_at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'note', type: 'string' },
  ],
}

/** As they come: no two are the same. */
export function plainOrders(count: number): string[] {
  return ordersWith(count, (coupon) => coupon)
}

/** In Avro's JSON encoding, which names the branch of a union. */
export function orders(count: number): string[] {
  return ordersWith(count, (string) => ({ string }))
}

function ordersWith(count: number, branch: (coupon: string) => unknown): string[] {
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      id: 4_711_000_000 + index,
      customer: `customer-${index}`,
      quantity: index,
      price: index * 1.37,
      is_paid: index % 2 === 0,
      coupon: index % 3 === 0 ? null : branch(`SAVE-${index}`),
      status: ['NEW', 'SENT', 'DONE'][index % 3],
      tags: ['a tag', `tag-${index}`],
      created_at: 1_700_000_000_000 + index,
      note: `A note of some words, as people write them: ${index}.`,
    }),
  )
}
