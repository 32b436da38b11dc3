// Builds the scripts and style sheets into the package: `npm run build`. With --check nothing is written, and a
// difference from what is committed fails, naming the file. The output depends on the sources and the lockfile only.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const CHECK = process.argv.includes("--check");
const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "..", "src", "standfirst", "static", "dist");
const BUDGET = { "reader.js": 4096, "reader.css": 6144, "desk.css": 12288, "account.js": 4096, "desk-more.js": 40000, "worker.js": 2048 }; // bytes after gzip -9
const FIRST_LOAD = ["desk.js", "desk-common.js", "desk.css"]; // of the desk, with its page
const FIRST_LOAD_BUDGET = 130_000;
const PAGE = join(HERE, "..", "src", "standfirst", "desk", "templates", "desk", "desk.html");
const BUILT = /^((reader|account|desk|desk-common|desk-more|worker)\.[0-9a-f]{8}\.(js|css)|reader\.css|manifest\.json)$/;

// Fields of the transport's own records: names that never leave the script.
const PRIVATE = /^(by|fails|unheld|goal|probe|until|retryAfter|held|contact|element)$/;

const common = {
  absWorkingDir: HERE,
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  write: false,
  logLevel: "warning",
};

async function bundled(options) {
  const { outputFiles } = await build({ ...common, ...options });
  return Buffer.from(outputFiles[0].contents);
}

const script = (entry, more = {}) => bundled({ entryPoints: [entry], format: "iife", target: "es2022", ...more });
/** The desk: what it needs at once, what more.ts has for later, and what both use. Chunks are named after what is in them. */
async function desk() {
  const options = { entryPoints: [{ in: "desk/index.tsx", out: "desk" }], outdir: "/", chunkNames: "desk-[name]", format: "esm", splitting: true };
  const { outputFiles } = await build({ ...common, ...options, target: "es2022" });
  const text = Object.fromEntries(outputFiles.map((file) => [basename(file.path), file.text]));
  if (Object.keys(text).sort().join() !== "desk-chunk.js,desk-more.js,desk.js") throw new Error(`the desk is in other files than expected: ${Object.keys(text)}`);
  const named = (from, name, as, bytes) => from.replaceAll(`"./${name}"`, `"./${hashed(as, bytes)}"`);
  const shared = Buffer.from(text["desk-chunk.js"]);
  const more = Buffer.from(named(text["desk-more.js"], "desk-chunk.js", "desk-common.js", shared));
  const first = named(named(text["desk.js"], "desk-chunk.js", "desk-common.js", shared), "desk-more.js", "desk-more.js", more);
  const files = { "desk.js": Buffer.from(first), "desk-common.js": shared, "desk-more.js": more };
  for (const [name, bytes] of Object.entries(files)) if (/"\.\/desk-(chunk|more)\.js"/.test(bytes)) throw new Error(`${name} asks for a file without its hash: two need each other`);
  return files;
}

const sheet = (entry) => bundled({ entryPoints: [entry], external: ["*.woff2", "*.svg"] });

function hashed(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  return name.replace(/\.(?=[a-z]+$)/, `.${hash}.`);
}

async function outputs() {
  const sizes = {
    "reader.js": await script("reader/index.ts", { mangleProps: PRIVATE }),
    "reader.css": await sheet("reader/reader.css"),
    "desk.css": await sheet("desk/desk.css"),
    "account.js": await script("desk/account.ts"),
    ...(await desk()),
    "worker.js": await script("desk/worker.ts"),
  };
  // reader.css stands in every page and is never asked for, so its name stays
  const name = (source) => (source === "reader.css" ? source : hashed(source, sizes[source]));
  const manifest = Object.fromEntries(Object.keys(sizes).sort().map((source) => [source, name(source)]));
  const files = Object.fromEntries(Object.entries(manifest).map(([source, built]) => [built, sizes[source]]));
  return { sizes, files: { ...files, "manifest.json": Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) } };
}

const packed = (bytes) => gzipSync(bytes, { level: 9 }).length;

function hold(name, size, budget) {
  console.log(`${name}: ${size} of ${budget} bytes gzipped`);
  if (size <= budget) return;
  console.error(`${name} is over its budget: make it smaller, the budget is a promise`);
  if (CHECK) process.exit(1);
}

async function measure(sizes) {
  for (const [name, budget] of Object.entries(BUDGET)) hold(name, packed(sizes[name]), budget);
  const first = FIRST_LOAD.map((name) => packed(sizes[name]));
  hold("the desk's first load", first.reduce((sum, size) => sum + size, packed(await readFile(PAGE))), FIRST_LOAD_BUDGET);
}

async function built() {
  const names = (await readdir(DIST)).filter((name) => BUILT.test(name));
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(DIST, name))])));
}

function differences(now, then) {
  const names = [...new Set([...Object.keys(now), ...Object.keys(then)])].sort();
  return names.filter((name) => !now[name] || !then[name] || !now[name].equals(then[name]));
}

await mkdir(DIST, { recursive: true });
const { sizes, files } = await outputs();
await measure(sizes);
const stale = differences(files, await built());
if (CHECK) {
  if (stale.length) {
    console.error(`not what the sources give: ${stale.join(", ")}. Run \`npm run build\` in frontend/ and commit src/standfirst/static/dist.`);
    process.exit(1);
  }
} else {
  for (const name of stale) await (files[name] ? writeFile(join(DIST, name), files[name]) : rm(join(DIST, name)));
}
