/** Random Avro schemas, each with a way to make the JSON texts of its values. */
import fc from 'fast-check'

/** A schema, and its values as the JSON that a codec gives. */
export interface Sample {
  readonly schema: unknown
  readonly values: readonly string[]
}

/** How a text of each kind of type is made. */
type Texts = fc.Arbitrary<string>

const MAX_LONG = 2n ** 63n - 1n
const MAX_INT = 2 ** 31 - 1

const quoted = (text: string) =>
  JSON.stringify(text).replace(/(\\\\)|\\u00[01][0-9a-f]/g, (found, backslash) =>
    backslash ? found : `\\u${found.slice(2).toUpperCase()}`,
  )
const decimal = (value: number) => {
  if (!Number.isFinite(value)) return `"${value}"`
  if (Object.is(value, -0)) return '-0.0'
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : `${value}`
}
const bytesOf = (size: { minLength?: number; maxLength?: number }) =>
  fc.uint8Array(size).map((bytes) => quoted(Buffer.from(bytes).toString('latin1')))
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', ''))

const SCALARS: Record<string, Texts> = {
  null: fc.constant('null'),
  boolean: fc.boolean().map(String),
  int: fc.integer({ min: -MAX_INT - 1, max: MAX_INT }).map(String),
  long: fc
    .oneof(fc.bigInt({ min: -MAX_LONG - 1n, max: MAX_LONG }), fc.maxSafeInteger().map(BigInt))
    .map(String),
  double: fc.double().map(decimal),
  bytes: bytesOf({ maxLength: 20 }),
  string: text.map(quoted),
}

interface Typed {
  readonly schema: unknown
  /** What a union calls it. */
  readonly branch: string
  readonly texts: Texts
}

/** Any schema, and some of its values. */
export function samples(): fc.Arbitrary<Sample> {
  return typed().chain(({ schema, texts }) =>
    fc.record({
      schema: fc.constant(schema),
      values: fc.array(texts, { minLength: 1, maxLength: 3 }),
    }),
  )
}

function typed(): fc.Arbitrary<Typed> {
  const { any } = fc.letrec<{ any: Typed; leaf: Typed }>((tie) => ({
    leaf: fc.oneof(scalars(), enums(), fixeds()),
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('leaf'),
      tie('any').map(arrayOf),
      tie('any').map(mapOf),
      fc.array(tie('any'), { maxLength: 5 }).chain(recordsOf),
      fc.array(tie('any'), { minLength: 1, maxLength: 4 }).map(unionOf),
    ),
  }))
  return any
}

function scalars(): fc.Arbitrary<Typed> {
  return fc.constantFrom(...Object.entries(SCALARS)).map(([name, texts]) => ({
    schema: name,
    branch: name,
    texts,
  }))
}

/** Names that no two types share. */
let names = 0
function uniqueName(): fc.Arbitrary<{ readonly name: string; readonly namespace: string }> {
  return fc
    .constantFrom('', 'space', 'other.space')
    .map((namespace) => ({ name: `T${names++}`, namespace }))
}

function fullName({ name, namespace }: { name: string; namespace: string }): string {
  return namespace === '' ? name : `${namespace}.${name}`
}

function enums(): fc.Arbitrary<Typed> {
  return uniqueName().map((name) => ({
    schema: { type: 'enum', ...name, symbols: ['A', 'b_1', 'constructor'] },
    branch: fullName(name),
    texts: fc.constantFrom('"A"', '"b_1"', '"constructor"'),
  }))
}

function fixeds(): fc.Arbitrary<Typed> {
  return fc.tuple(uniqueName(), fc.nat(10)).map(([name, size]) => ({
    schema: { type: 'fixed', ...name, size },
    branch: fullName(name),
    texts: bytesOf({ minLength: size, maxLength: size }),
  }))
}

function arrayOf({ schema, texts }: Typed): Typed {
  return {
    schema: { type: 'array', items: schema },
    branch: 'array',
    texts: fc.array(texts, { maxLength: 4 }).map((items) => `[${items.join()}]`),
  }
}

function mapOf({ schema, texts }: Typed): Typed {
  const members = fc.uniqueArray(fc.tuple(text, texts), { selector: ([key]) => key, maxLength: 4 })
  return {
    schema: { type: 'map', values: schema },
    branch: 'map',
    texts: members.map(
      (entries) => `{${entries.map(([key, value]) => `${quoted(key)}:${value}`).join()}}`,
    ),
  }
}

function recordsOf(fields: readonly Typed[]): fc.Arbitrary<Typed> {
  return uniqueName().map((name) => ({
    schema: {
      type: 'record',
      ...name,
      fields: fields.map(({ schema }, index) => ({ name: `f${index}`, type: schema })),
    },
    branch: fullName(name),
    texts: fc
      .tuple(...fields.map(({ texts }) => texts))
      .map((values) => `{${values.map((value, index) => `"f${index}":${value}`).join()}}`),
  }))
}

function unionOf(given: readonly Typed[]): Typed {
  const plain = given.filter(({ schema }) => !Array.isArray(schema))
  const unique = [...new Map(plain.map((type) => [type.branch, type])).values()]
  const branches = unique.length > 0 ? unique : [nullType]
  return {
    schema: branches.map(({ schema }) => schema),
    branch: '',
    texts: fc.oneof(
      ...branches.map(({ branch, texts }) =>
        branch === 'null' ? texts : texts.map((value) => `{"${branch}":${value}}`),
      ),
    ),
  }
}

const nullType: Typed = { schema: 'null', branch: 'null', texts: fc.constant('null') }
