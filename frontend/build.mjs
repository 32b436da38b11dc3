// Builds the reader's script and style sheet into the package: `npm run build`. With --check nothing is written, and a
// difference from what is committed fails, naming the file. The output depends on the sources and the lockfile only.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "..", "src", "standfirst", "static", "dist");
const BUDGET = { "reader.js": 4096, "reader.css": 6144 }; // bytes after gzip -9
const BUILT = /^(reader\.[0-9a-f]{8}\.js|reader\.css|manifest\.json)$/;

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

async function outputs() {
  const js = await bundled({ entryPoints: ["reader/index.ts"], format: "iife", target: "es2022", mangleProps: PRIVATE });
  const css = await bundled({ entryPoints: ["reader/reader.css"], external: ["*.woff2", "*.svg"] });
  const hash = createHash("sha256").update(js).digest("hex").slice(0, 8);
  const manifest = { "reader.css": "reader.css", "reader.js": `reader.${hash}.js` };
  return {
    sizes: { "reader.js": js, "reader.css": css },
    files: {
      [manifest["reader.js"]]: js,
      [manifest["reader.css"]]: css,
      "manifest.json": Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`),
    },
  };
}

function measure(sizes) {
  for (const [name, bytes] of Object.entries(sizes)) {
    const packed = gzipSync(bytes, { level: 9 }).length;
    console.log(`${name}: ${packed} of ${BUDGET[name]} bytes gzipped`);
    if (packed > BUDGET[name]) throw new Error(`${name} is over its budget: make it smaller, the budget is a promise to readers`);
  }
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
measure(sizes);
const stale = differences(files, await built());
if (process.argv.includes("--check")) {
  if (stale.length) {
    console.error(`not what the sources give: ${stale.join(", ")}. Run \`npm run build\` in frontend/ and commit src/standfirst/static/dist.`);
    process.exit(1);
  }
} else {
  for (const name of stale) await (files[name] ? writeFile(join(DIST, name), files[name]) : rm(join(DIST, name)));
}
