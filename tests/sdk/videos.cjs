// SPDX-License-Identifier: LGPL-2.1-or-later
//
// videos.cjs FOLDER: what a customer of the service does with OpenAI's SDK, which
// is installed in FOLDER. Prints the id of a completed task at the end.
'use strict'
const assert = require('node:assert/strict')
const OpenAI = require('node:module').createRequire(process.argv[2] + '/')('openai')

const baseURL = process.env.VEO_BASE_URL + '/v1'
const apiKey = process.env.VEO_API_KEY
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 20000 })
const wish = { model: 'veo_3_1-fast', prompt: 'A cat on a windowsill', seconds: '2', size: '320x240' }

async function untilItEnds(id) {
  for (;;) {
    const video = await client.videos.retrieve(id)
    if (video.status !== 'queued' && video.status !== 'processing') return video
    assert.ok(video.progress >= 0 && video.progress <= 99, `progress ${video.progress}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function fails(promise, kind, text) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof kind, `${error}`)
    assert.match(error.message, text)
    return true
  })
}

let completed

const stories = {
  // Given wishes, when a task is made of them, then it has them all.
  async create() {
    const video = await client.videos.create(wish)
    assert.equal(video.object, 'video')
    assert.match(video.id, /^video_/)
    assert.equal(video.model, wish.model)
    assert.equal(video.seconds, wish.seconds)
    assert.equal(video.size, wish.size)
    assert.ok(Math.abs(video.created_at - Date.now() / 1000) < 3600)
    completed = video.id
  },

  // Given a task under way, when its video is fetched, then the error tells its status.
  async tooEarly() {
    await fails(client.videos.downloadContent('video_slow'), OpenAI.BadRequestError, /current status: (QUEUED|IN_PROGRESS)/)
  },

  // Given the new task, when it is asked for again and again, then it is completed.
  async retrieve() {
    const video = await untilItEnds(completed)
    assert.equal(video.status, 'completed')
    assert.equal(video.progress, 100)
    assert.ok(video.completed_at >= video.created_at && video.expires_at > video.completed_at)
  },

  // Given a completed task, when its video is fetched, then an MP4 of the announced length comes.
  async downloadContent() {
    const response = await client.videos.downloadContent(completed, { variant: 'video' })
    const bytes = Buffer.from(await response.arrayBuffer())
    assert.equal(response.headers.get('content-type'), 'video/mp4')
    assert.equal(bytes.length, Number(response.headers.get('content-length')))
    assert.equal(bytes.toString('latin1', 4, 8), 'ftyp')
  },

  // Given a picture to begin with, when a task is made, then the wishes beside it still count.
  async createWithPicture() {
    const picture = await OpenAI.toFile(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 13, 10, 45, 45, 0, 255]), 'first.png', { type: 'image/png' })
    const video = await client.videos.create({ ...wish, input_reference: picture })
    assert.equal(video.seconds, wish.seconds)
    assert.equal(video.size, wish.size)
  },

  // Given a task that failed, when it is retrieved, then the reason is there.
  async failed() {
    const video = await untilItEnds('video_bad')
    assert.equal(video.status, 'failed')
    assert.equal(video.error.message, 'The prompt was refused.')
  },

  // Given answers 503 and 429, when the SDK may try again, then it comes through.
  async retries() {
    const patient = new OpenAI({ baseURL, apiKey, maxRetries: 2 })
    assert.equal((await patient.videos.retrieve('video_shaky')).id, 'video_shaky')
  },

  // Given a deleted task, when it is retrieved, then it is unknown.
  async delete() {
    const gone = await client.videos.delete('video_old')
    assert.deepEqual(gone, { id: 'video_old', object: 'video.deleted', deleted: true })
    await fails(client.videos.retrieve('video_old'), OpenAI.BadRequestError, /400/)
  },

  // Given mistakes, when they are sent, then the SDK has the error for each.
  async mistakes() {
    const stranger = new OpenAI({ baseURL, apiKey: 'wrong', maxRetries: 0 })
    await fails(stranger.videos.create(wish), OpenAI.AuthenticationError, /Invalid token/)
    await fails(stranger.videos.retrieve(completed), OpenAI.AuthenticationError, /Invalid token/)
    await fails(client.videos.create({ ...wish, size: 'big' }), OpenAI.BadRequestError, /400/)
    await fails(client.videos.create({ ...wish, prompt: '' }), OpenAI.BadRequestError, /400/)
    await fails(client.videos.downloadContent('video_nobody'), OpenAI.NotFoundError, /Task not found/)
    await fails(client.videos.remix(completed, { prompt: 'A dog' }), OpenAI.NotFoundError, /Invalid URL/)
  },
}

async function main() {
  for (const [name, story] of Object.entries(stories)) {
    await story()
    console.log(`ok: ${name}`)
  }
  console.log(`completed ${completed}`)
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
