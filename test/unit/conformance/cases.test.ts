/** The cases are complete, say what they test, and can fail, each of them. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  loadCases,
  loadDeviations,
  loadRequirements,
  loadWorlds,
  worldOf,
} from '../../conformance/case.ts'
import { runCase } from '../../conformance/runner.ts'
import { startFakeProxy } from './fake-proxy.ts'

const ROOT = join(import.meta.dirname, '../../..')

const cases = loadCases()
const requirements = loadRequirements()

test('names are there once', () => {
  for (const names of [cases.map((each) => each.case), requirements.map(({ id }) => id)]) {
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    )
  }
})

test('the list of requirements has all 72 behaviours of the original', () => {
  const ids = requirements.map(({ id }) => id).filter((id) => id.startsWith('12.'))
  assert.deepEqual(
    ids,
    Array.from({ length: 72 }, (_, index) => `12.${index + 1}`),
  )
})

test('a requirement has a case, or a reason why it has none', () => {
  const asked = new Set(cases.flatMap((each) => each.of))
  const faults = requirements.filter(
    ({ id, elsewhere }) => asked.has(id) === (elsewhere !== undefined),
  )
  assert.deepEqual(faults, [])
})

test('a case names requirements and a world that there are', () => {
  const ids = new Set(requirements.map(({ id }) => id))
  const worlds = new Set(loadWorlds().map(({ name }) => name))
  for (const each of cases) {
    assert.ok(each.of.length > 0, `${each.case} tests nothing`)
    assert.deepEqual(
      each.of.filter((id) => !ids.has(id)),
      [],
      each.case,
    )
    assert.ok(worlds.has(worldOf(each)), each.case)
  }
})

test('a test that stands for a case exists', () => {
  const files = requirements.map(({ test: file }) => file).filter((file) => file !== undefined)
  assert.deepEqual(
    files.filter((file) => !existsSync(join(ROOT, file))),
    [],
  )
})

test('a deviation is of a case and a step that there are, and each case has at most one', () => {
  const seen = new Set<string>()
  for (const { case: name, step, reason } of loadDeviations()) {
    const steps = cases.find((each) => each.case === name)?.steps.length ?? 0
    assert.ok(step >= 1 && step <= steps, `${name} has no step ${step}`)
    assert.ok(reason !== '' && !seen.has(name), name)
    seen.add(name)
  }
})

test('every case fails for a proxy that answers wrongly', async () => {
  const proxy = await startFakeProxy(() => ({ status: 418, type: 'text/plain', text: 'No.' }))
  const needs = loadWorlds().flatMap(({ needs = [] }) => needs)
  for (const { records: _, consumers = {}, ...each } of cases) {
    // Without what it takes for granted, so that it is the case that fails.
    const names = [...needs, ...Object.keys(consumers)]
    const variables = Object.fromEntries(names.map((name) => [name, `/${name}`]))
    const once = each.steps.map((step) => ({ ...step, tries: 1, pauseMs: 0 }))
    const deviation = loadDeviations().find((one) => one.case === each.case)
    const { verdict, faults } = await runCase(
      { ...each, steps: once },
      { ...proxy, variables },
      deviation,
    )
    assert.equal(verdict, 'different', each.case)
    assert.match(faults[0] ?? '', /^step 1, .*: .*418/, each.case)
  }
  proxy.stop()
})
