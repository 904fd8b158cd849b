/** The commands that a trial on an embedded Kafka cluster begins with. */
import { authenticationOf, type Config, listenersOf, tlsOfListener } from '../config/index.ts'

/** How curl reaches a listener, and what its user has to fill in. */
interface Access {
  readonly options: readonly string[]
  readonly notes: readonly string[]
}

/** Returns the text that is printed at the start. @param port that of the first listener */
export function firstSteps(config: Config, port: number): string {
  const [listener = { scheme: 'http', name: 'http' } as const] = listenersOf(config)
  const { options, notes } = accessOf(config, listener)
  const url = `${listener.scheme}://localhost:${port}`
  const curl = ['curl', ...options].join(' ')
  const type = 'application/vnd.kafka'
  return `
This is an embedded Kafka cluster: nothing is stored. In another terminal${notes.length === 0 ? ':' : `, with ${notes.join(', ')}:`}

  # 1. Produce two records.
  ${curl} -X POST -H 'Content-Type: ${type}.json.v2+json' \\
    -d '{"records":[{"key":"k1","value":{"hello":"world"}},{"value":[1,2.50,"three"]}]}' \\
    ${url}/topics/first

  # 2. Make a consumer, and subscribe it.
  ${curl} -X POST -H 'Content-Type: ${type}.v2+json' \\
    -d '{"name":"me","format":"json","auto.offset.reset":"earliest"}' ${url}/consumers/readers &&
  ${curl} -X POST -H 'Content-Type: ${type}.v2+json' \\
    -d '{"topics":["first"]}' ${url}/consumers/readers/instances/me/subscription

  # 3. Read.
  ${curl} -H 'Accept: ${type}.json.v2+json' ${url}/consumers/readers/instances/me/records

`
}

type FirstListener = Pick<ReturnType<typeof listenersOf>[number], 'scheme' | 'name'>

function accessOf(config: Config, listener: FirstListener): Access {
  const options: string[] = []
  const notes: string[] = []
  const add = (option: string, note: string) => {
    options.push(option)
    notes.push(note)
  }
  if (listener.scheme === 'https') {
    add('--cacert CERTIFICATE', "the listener's certificate or its authority for CERTIFICATE")
    if (tlsOfListener(config, listener).clientCertificate === 'required') {
      add('--cert PEM', 'your certificate and its key for PEM')
    }
  }
  const { methods } = authenticationOf(config, listener)
  if (methods.includes('BASIC')) add('--user NAME:PASSWORD', 'your NAME and PASSWORD')
  else if (methods.includes('BEARER')) {
    add("-H 'Authorization: Bearer TOKEN'", 'your TOKEN')
  }
  return { options, notes }
}
