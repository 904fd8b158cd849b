/** What JavaScript sees of our build of uWebSockets.js. In the sources only src/http/server.ts imports it. */
export * from 'uWebSockets.js'
