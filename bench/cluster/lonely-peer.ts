/** A member in a process of its own, which can be killed: `lonely-peer.ts <place as JSON> <number>`. */
import { configureEngine } from '../../src/kafka/engine.ts'
import { Peer, type Place, settingsOf } from './peer.ts'

const [place = '', number = ''] = process.argv.slice(2)
const at = JSON.parse(place) as Place
configureEngine(settingsOf(at, Number(number)).config)
const peer = new Peer(at, Number(number))
await peer.join()
setInterval(() => process.stdout.write(`${peer.partitions.size}\n`), 50)
