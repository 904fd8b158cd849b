/** A recorder as a process of its own, which a crash ends without its parent. Answers each message with what it has seen. */
import { startAddonRecorder } from './addon-recorder.ts'

const recorder = startAddonRecorder()
process.on('message', () => process.send?.({ seen: recorder.takeSeen() }))
process.on('disconnect', () => process.exit())
process.send?.({ port: recorder.port })
