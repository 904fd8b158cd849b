/**
 * The subject of a certificate as Java's X500Principal.getName() has it, which Kafka's rules for principals are written for: RFC
 * 2253 with the names of nine attributes. Other attributes are their object identifiers, with the value in hexadecimal DER. The
 * HTTP layer spells the subjects of clients in the same way (JavaName.h).
 */
import type { X509Certificate } from 'node:crypto'
import { bytesOf, type Der, oidOf, parseDer, partAt, partsOf } from './der.ts'

/** RFC 2253, 2.3. */
const KEYWORDS: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.9': 'STREET',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
}

/** UTF8String, PrintableString, TeletexString, IA5String and GeneralString: Java takes their bytes for UTF-8. */
const TEXTS: ReadonlySet<number> = new Set([12, 19, 20, 22, 27])

/** UniversalString and BMPString, whose bytes are no UTF-8. */
const WIDE_TEXTS: ReadonlySet<number> = new Set([28, 30])

/** The tag [0] in front of the version. */
const CONTEXT_SPECIFIC = 0x80

/** Returns the subject; undefined for a certificate that cannot be parsed, and for texts in wide characters. */
export function javaSubjectOf({ raw }: X509Certificate): string | undefined {
  try {
    const fields = partsOf(partAt(parseDer(raw), 0))
    const hasVersion = (fields[0]?.tagClass as number) === CONTEXT_SPECIFIC
    const subject = fields[hasVersion ? 5 : 4]
    // The last relative name comes first; the attributes of one keep their order.
    return partsOf(subject).toReversed().map(relativeName).join(',')
  } catch {
    return undefined
  }
}

function relativeName(set: Der): string {
  return partsOf(set).map(attributeText).join('+')
}

function attributeText(attribute: Der): string {
  const oid = oidOf(partAt(attribute, 0))
  const value = partAt(attribute, 1)
  const keyword = KEYWORDS[oid]
  if (keyword !== undefined && WIDE_TEXTS.has(value.type)) throw new Error('a wide text')
  return keyword !== undefined && TEXTS.has(value.type)
    ? `${keyword}=${escaped(Buffer.from(String(value.value), 'latin1').toString())}`
    : `${keyword ?? oid}=#${bytesOf(value).toString('hex')}`
}

/** Escapes special characters, blanks at both ends, and NUL. */
function escaped(value: string): string {
  return value
    .replace(/[,=+<>#;"\\]|^[ \r]+|[ \r]+$/g, (found) => found.replace(/./gs, '\\$&'))
    .replaceAll('\0', '\\00')
}
