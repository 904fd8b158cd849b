/** Which coding a client gets, and what an encoder makes of pieces. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import zlib from 'node:zlib'
import {
  type Coding,
  Compression,
  codingOf,
  type Encoder,
} from '../../../src/http/content-encoding.ts'

const HAS_ZSTD = 'createZstdCompress' in zlib

describe('the coding', () => {
  test('is none unless the client accepts it', () => {
    for (const header of [
      '',
      'identity',
      'br',
      'deflate, br',
      'gzip;q=0',
      'gzip;q=0.000',
      '*;q=0',
    ]) {
      assert.equal(codingOf(header), undefined, header)
    }
  })

  test('is gzip for a client that accepts it, in any case and under its old name', () => {
    for (const header of [
      'gzip',
      'GZip',
      'x-gzip',
      'deflate, gzip ; q=0.5',
      'br;q=1.0,gzip;q=0.001',
    ]) {
      assert.equal(codingOf(header), 'gzip', header)
    }
  })

  test('is what the client prefers, and zstd where it has no preference', () => {
    const better = HAS_ZSTD ? 'zstd' : 'gzip'
    assert.equal(codingOf('gzip, zstd'), better)
    assert.equal(codingOf('*'), better)
    assert.equal(codingOf('gzip;q=0.9, zstd;q=0.8'), 'gzip')
    assert.equal(codingOf('zstd;q=0, *'), 'gzip')
  })

  test('is none for a malformed header', () => {
    for (const header of [
      'gzip;',
      'gzip;q=2',
      'gzip;q=0.1234',
      'gzip;x=1',
      'gzip gzip',
      ',',
      'gzip,,',
    ]) {
      assert.equal(codingOf(header), undefined, header)
    }
  })
})

function open(compression = new Compression(0), coding: Coding = 'gzip'): Encoder {
  return compression.open(coding) ?? assert.fail('no encoder')
}

const encode = (encoder: Encoder, piece: Uint8Array, isLast: boolean): Promise<Uint8Array> =>
  new Promise((resolve) => encoder.encode(piece, isLast, resolve))

describe('an encoder', () => {
  for (const coding of HAS_ZSTD ? (['gzip', 'zstd'] as const) : (['gzip'] as const)) {
    test(`makes each piece readable at once: ${coding}`, async () => {
      const encoder = open(undefined, coding)
      const decoder: zlib.Gunzip =
        coding === 'gzip'
          ? zlib.createGunzip()
          : (zlib as unknown as { createZstdDecompress(): zlib.Gunzip }).createZstdDecompress()
      let decoded = ''
      decoder.on('data', (bytes) => {
        decoded += bytes
      })
      let sent = ''
      for (const size of [1, 100, 70_000, 1_000_000, 3]) {
        const text = Array.from({ length: size }, (_, index) =>
          String.fromCharCode(32 + ((index * 7 + size) % 90)),
        ).join('')
        sent += text
        const encoded = await encode(encoder, Buffer.from(text), false)
        await new Promise<void>((resolve) => decoder.write(encoded, () => resolve()))
        assert.equal(decoded, sent)
      }
      decoder.end(await encode(encoder, Buffer.from('.'), true))
      await new Promise((resolve) => decoder.once('end', resolve))
      assert.equal(decoded, `${sent}.`)
    })
  }

  test('keeps no bytes of its sender, who may overwrite them at once', async () => {
    const encoder = open()
    const piece = Buffer.alloc(500_000, 'a')
    const encoded = encode(encoder, piece, true)
    piece.fill('b')
    assert.equal(zlib.gunzipSync(await encoded).toString(), 'a'.repeat(500_000))
  })

  test('tells nothing when it was closed', async () => {
    const encoder = open()
    let calls = 0
    encoder.encode(Buffer.alloc(1_000_000), false, () => calls++)
    encoder.close()
    encoder.close()
    await encode(open(), Buffer.alloc(2_000_000), true)
    assert.equal(calls, 0)
  })

  test('has room again when another one is closed or has ended', async () => {
    const compression = new Compression(0)
    const all: Encoder[] = []
    for (let next = compression.open('gzip'); next; next = compression.open('gzip')) all.push(next)
    assert.equal(all.length, 256)
    all.pop()?.close()
    await encode(all.pop() as Encoder, Buffer.from('x'), true)
    assert.ok(compression.open('gzip') && compression.open('gzip'))
    assert.equal(compression.open('gzip'), undefined)
  })
})
