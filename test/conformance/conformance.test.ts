/** Sluice answers every case as the original does, except for the known differences, in every world. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sharedRegistry } from '../cluster/registry.ts'
import { sharedKafka } from '../cluster/shared-kafka.ts'
import { type Sluice, startSluice } from '../cluster/sluice.ts'
import { createTopic } from '../cluster/topics.ts'
import { loadCases, loadDeviations, loadWorlds, type World, worldOf } from './case.ts'
import { startRefusingKafka } from './refusing-kafka.ts'
import { startRefusingRegistry } from './refusing-registry.ts'
import { runCase } from './runner.ts'
import { substitute } from './variables.ts'

/** Most of a case's time is waiting. */
const CASES_AT_ONCE = 8
const WORLDS_AT_ONCE = 3

const cases = loadCases()
const deviations = loadDeviations()
const kafka = await sharedKafka()
const refusingKafka = await startRefusingKafka()
const refusingRegistry = await startRefusingRegistry()
const registry = await sharedRegistry()
const variables: Readonly<Record<string, string>> = {
  ...refusingKafka.variables,
  registry: registry.url,
  refusingregistry: refusingRegistry.url,
}

after(async () => {
  refusingRegistry.stop()
  await registry.stop()
  await refusingKafka.stop()
  await kafka.stop()
})

describe('Sluice', { concurrency: WORLDS_AT_ONCE }, () => {
  for (const world of loadWorlds()) describeWorld(world)
})

function describeWorld(world: World): void {
  const { name, what } = world
  describe(`${name}: ${what}`, { concurrency: CASES_AT_ONCE }, () => {
    let sluice: Sluice
    before(async () => {
      const settings = substitute(world.settings, new Map(Object.entries(variables)))
      sluice = await startSluice(kafka.bootstrapServers, settings)
    })
    after(() => sluice.stop())
    for (const each of cases.filter((one) => worldOf(one) === name)) {
      const deviation = deviations.find((one) => one.case === each.case)
      it(`${each.case}: ${each.title}${deviation ? ' (differs, as is known)' : ''}`, async () => {
        const proxy = {
          url: sluice.url,
          createTopic: createTopic.bind(undefined, kafka.bootstrapServers),
          variables,
        }
        const { faults } = await runCase(each, proxy, deviation)
        assert.deepEqual(faults, [])
      })
    }
  })
}
