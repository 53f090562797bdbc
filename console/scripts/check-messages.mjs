// Both message files carry the same keys, and every key the code names exists.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = new URL('..', import.meta.url).pathname
const load = (name) => JSON.parse(readFileSync(join(root, 'src/messages', name), 'utf8'))

function flatten(tree, prefix = '', out = new Map()) {
  for (const [key, value] of Object.entries(tree)) {
    const path = prefix ? `${prefix}.${key}` : key
    if (typeof value === 'object') flatten(value, path, out)
    else out.set(path, value)
  }
  return out
}

function sources(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.(ts|vue)$/.test(entry.name) ? [path] : []
  })
}

const zh = flatten(load('zh-CN.json'))
const en = flatten(load('en.json'))
const faults = []
for (const key of zh.keys()) if (!en.has(key)) faults.push(`en.json lacks ${key}`)
for (const key of en.keys()) if (!zh.has(key)) faults.push(`zh-CN.json lacks ${key}`)
for (const [key, text] of en) if (/[\u4e00-\u9fff]/.test(text)) faults.push(`en.json has Chinese at ${key}`)
for (const path of sources(join(root, 'src'))) {
  const text = readFileSync(path, 'utf8')
  for (const [, key] of text.matchAll(/\bt\(\s*['"]([\w.]+)['"]/g)) {
    if (!zh.has(key)) faults.push(`${path.slice(root.length)} names ${key}, which no message file has`)
  }
}
if (faults.length) {
  console.error(faults.join('\n'))
  process.exit(1)
}
console.log(`${zh.size} messages, zh-CN and en agree`)
