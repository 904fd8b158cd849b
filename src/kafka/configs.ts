/** Configs of topics and brokers. */

/** A value of a config, or of a synonym from which it comes. */
export interface ConfigValue {
  readonly name: string
  /** Null for a sensitive config, and for one without a value. */
  readonly value: string | null
  /** Kafka's number of the source (KIP-226, KIP-554). */
  readonly source: number
}

/** A config of a topic or a broker. */
export interface ConfigEntry extends ConfigValue {
  readonly is_read_only: boolean
  readonly is_sensitive: boolean
  readonly synonyms: readonly ConfigValue[]
}

/** A change of one config. A value of null removes it, so that the default holds. */
export interface ConfigChange {
  readonly name: string
  readonly value: string | null
}
