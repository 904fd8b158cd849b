/** The URLs and the resource names of v3 resources. */
import type { Services } from '../services.ts'

/** The relationship of a resource to another one, or to a collection. */
export interface Related {
  readonly related: string
}

/** What every resource has beside its own members. */
export interface Metadata {
  readonly self: string
  readonly resource_name: string
}

type LinkServices = Pick<Services, 'baseUri' | 'resourceNameAuthority'>

/** A part of a resource name: a type with an id, or without one. */
export type NamePart = readonly [type: string, id?: string | number]

/** The URL of a resource and its name, which grow from that of its cluster. Neither is percent-encoded, as upstream has it. */
export class Place {
  readonly url: string
  /** `crn://authority/type=id/type=id` */
  readonly name: string

  private constructor(url: string, name: string) {
    this.url = url
    this.name = name
  }

  /** The place of a cluster. */
  static ofCluster({ baseUri, resourceNameAuthority }: LinkServices, clusterId: string): Place {
    const authority = trimmed(resourceNameAuthority)
    return new Place(`${baseUri}/v3/clusters`, `crn://${authority}`).at(
      [clusterId],
      ['kafka', clusterId],
    )
  }

  /** A place below this one. */
  at(segments: readonly (string | number)[], ...parts: readonly NamePart[]): Place {
    let { url, name } = this
    for (const segment of segments) {
      const text = trimmed(segment)
      if (text !== '') url += `/${text}`
    }
    for (const [type, id] of parts) {
      name += id === undefined ? `/${trimmed(type)}` : `/${trimmed(type)}=${trimmed(id)}`
    }
    return new Place(url, name)
  }

  /** The URL of a place below this one. */
  urlOf(...segments: readonly (string | number)[]): string {
    return this.at(segments).url
  }

  /** The relationship to a place below this one. */
  related(...segments: readonly (string | number)[]): Related {
    return { related: this.urlOf(...segments) }
  }

  get metadata(): Metadata {
    return { self: this.url, resource_name: this.name }
  }
}

/** Removes the slashes at the ends of a segment or of a part. An expression would take quadratic time for those in the middle. */
function trimmed(text: string | number): string {
  const whole = String(text)
  let [start, end] = [0, whole.length]
  while (whole[start] === '/') start++
  while (end > start && whole[end - 1] === '/') end--
  return whole.slice(start, end)
}
