/** The types of the conformance cases: requests to a REST proxy, and the answers that the original gives. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pattern } from './pattern.ts'

/** What an answer has to be. What is absent may be anything. */
export interface Expectation {
  readonly status: number
  /** Patterns by name in lower case; null for a header that must not be there. */
  readonly headers?: Readonly<Record<string, Pattern>>
  /** The body is an error with this code, and nothing but the two members of an error. */
  readonly error?: number
  /** A regular expression for the error's message. */
  readonly message?: string
  readonly json?: Pattern
  /** A regular expression for the body as it came. */
  readonly text?: string
  /** The answer doesn't come earlier. */
  readonly atLeastMs?: number
  /** Nor later. Only where the wrong answer takes at least twice as long, for a busy machine. */
  readonly atMostMs?: number
}

/** A request with its expected answer. `${name}` stands for a variable in all of its texts. */
export interface Step extends Expectation {
  /** Method and path, or an absolute URL. */
  readonly send: string
  readonly headersSent?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is. */
  readonly textSent?: string
  /** Before the request. */
  readonly pauseMs?: number
  /** How often it is asked until the answer is the expected one; 1 when absent. */
  readonly tries?: number
  /** Variables for later steps, as JSON pointers into the answer. */
  readonly keep?: Readonly<Record<string, string>>
}

/** A topic that is made for a case. */
export interface GivenTopic {
  readonly partitions?: number
  readonly config?: Readonly<Record<string, string>>
}

/** Records that are there when a case begins. */
export interface GivenRecords {
  readonly topic: string
  readonly type: string
  readonly records: readonly unknown[]
}

/** A consumer instance that is there; the variable of its name is its path. */
export interface GivenConsumer {
  readonly settings?: Readonly<Record<string, unknown>>
  /** Variables of topics whose partition 0 it is assigned. */
  readonly assign?: readonly string[]
  /** Variables of topics that it subscribes to. */
  readonly subscribe?: readonly string[]
}

/** A case. */
export interface Case {
  /** Its name, which deviations refer to. */
  readonly case: string
  readonly title: string
  /** The requirements that it tests, by their ids in requirements.json. */
  readonly of: readonly string[]
  /** Which proxy it needs, of worlds.json; `plain` when absent. */
  readonly world?: string
  readonly topics?: Readonly<Record<string, GivenTopic>>
  readonly records?: readonly GivenRecords[]
  readonly consumers?: Readonly<Record<string, GivenConsumer>>
  readonly steps: readonly Step[]
}

/** A requirement of the v2 API. `id` is its anchor in docs/conformance.md. */
export interface Requirement {
  readonly id: string
  readonly says: string
  /** Why no case asks for it. */
  readonly elsewhere?: string
  /** The file that tests it instead, when there is one. */
  readonly test?: string
}

/** A difference that is known and wanted. */
export interface Deviation {
  readonly case: string
  /** From 1. The case ends there. */
  readonly step: number
  readonly reason: string
  readonly instead: Expectation
}

/** A kind of proxy: the one that Sluice is without settings, or one that some cases need. */
export interface World {
  readonly name: string
  readonly what: string
  /** Lines of the properties file, with variables. */
  readonly settings: Readonly<Record<string, string>>
  /** Variables that whoever runs it has to know. */
  readonly needs?: readonly string[]
}

/** All cases, in the order of their files. */
export function loadCases(): Case[] {
  const folder = join(import.meta.dirname, 'cases')
  const names = readdirSync(folder).sort()
  return names.flatMap((name) => read<Case[]>(join('cases', name)))
}

/** All requirements, in the order of docs/conformance.md. */
export function loadRequirements(): Requirement[] {
  return read('requirements.json')
}

/** The known differences of Sluice. */
export function loadDeviations(file = join(import.meta.dirname, 'deviations.json')): Deviation[] {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** All worlds; `plain` is the first. */
export function loadWorlds(): World[] {
  return read('worlds.json')
}

/** The name of the world that a case needs. */
export function worldOf(each: Case): string {
  return each.world ?? 'plain'
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'))
}
