/**
 * `npm run conformance -- URL`: runs the cases against any REST proxy, prints a table, and exits
 * with 1 if an answer differs, with 2 if none does and some cases could not be asked.
 */
import { parseArgs } from 'node:util'
import { createTopic } from '../cluster/topics.ts'
import {
  type Case,
  type Deviation,
  loadCases,
  loadDeviations,
  loadWorlds,
  worldOf,
} from './case.ts'
import { type Outcome, type RestProxy, runCase } from './runner.ts'
import { TopicsOverHttp } from './topics-over-http.ts'

const USAGE = `Usage: npm run conformance -- URL [options]

  --bootstrap LIST           where topics are made; without it over the v3 API at URL
  --world NAME               which proxy it is, of test/conformance/worlds.json; plain when absent
  --variable NAME=VALUE      what the world needs to know; may be repeated
  --deviations FILE          differences that are known, such as test/conformance/deviations.json
  --case NAME                only this one; may be repeated
`

const SYMBOLS = {
  same: 'same',
  known: 'known difference',
  stale: 'STALE',
  unasked: 'not asked',
  different: 'DIFFERENT',
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        bootstrap: { type: 'string' },
        world: { type: 'string', default: 'plain' },
        variable: { type: 'string', multiple: true, default: [] },
        deviations: { type: 'string' },
        case: { type: 'string', multiple: true },
      },
    })
  } catch (error) {
    return fail((error as Error).message)
  }
}

function fail(message: string): never {
  console.error(`${message}\n\n${USAGE}`)
  process.exit(2)
}

const { values, positionals } = readArguments()
const [url] = positionals
if (positionals.length !== 1 || url === undefined || !URL.canParse(url)) {
  fail('Name the URL of one REST proxy, such as http://localhost:8082.')
}
const variables = Object.fromEntries(
  values.variable.map((each) => [each.split('=', 1)[0], each.slice(each.indexOf('=') + 1)]),
)
const proxy: RestProxy = { url, createTopic: topicMaker(url), variables }
const cases = chooseCases()
const deviations = values.deviations === undefined ? [] : loadDeviations(values.deviations)
const outcomes = await runAll(cases, deviations)
const wrong = outcomes.filter(({ verdict }) => verdict === 'different' || verdict === 'stale')
const unasked = outcomes.filter(({ verdict }) => verdict === 'unasked')
console.log(`\n${outcomes.length} cases, ${wrong.length} of them wrong${describeUnasked()}`)
process.exitCode = wrong.length > 0 ? 1 : unasked.length > 0 ? 2 : 0

function describeUnasked(): string {
  if (unasked.length === 0) return ''
  const reasons = new Set(unasked.flatMap(({ faults }) => faults))
  return `, ${unasked.length} not asked:\n${[...reasons].join('\n')}`
}

function topicMaker(base: string): RestProxy['createTopic'] {
  const servers = values.bootstrap
  if (servers !== undefined) return (name, topic) => createTopic(servers, name, topic)
  const topics = new TopicsOverHttp(base)
  return (name, topic) => topics.create(name, topic)
}

function chooseCases(): Case[] {
  const world = loadWorlds().find(({ name }) => name === values.world)
  if (!world) fail(`There is no world ${values.world}.`)
  const missing = (world.needs ?? []).filter((name) => !Object.hasOwn(variables, name))
  if (missing.length > 0) fail(`The world ${world.name} needs --variable ${missing.join(', ')}.`)
  const chosen = loadCases()
    .filter((each) => worldOf(each) === world.name)
    .filter((each) => values.case?.includes(each.case) ?? true)
  if (chosen.length === 0) fail(`There are no such cases in the world ${world.name}.`)
  return chosen
}

/** A few at a time: most of a case's time is waiting. */
async function runAll(all: readonly Case[], known: readonly Deviation[]): Promise<Outcome[]> {
  const left = [...all]
  const done: Outcome[] = []
  const worker = async () => {
    for (let each = left.shift(); each; each = left.shift()) {
      const name = each.case
      const outcome = await runCase(
        each,
        proxy,
        known.find((one) => one.case === name),
      )
      done.push(outcome)
      console.log(`${SYMBOLS[outcome.verdict].padEnd(18)}${name.padEnd(36)}${each.title}`)
      if (outcome.verdict === 'unasked') continue
      for (const fault of outcome.faults) console.log(`${' '.repeat(18)}${fault}`)
    }
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  return done
}
