import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { optimize } from "svgo";
import { type Manifest, type Plugin, build, defineConfig } from "vite";

/**
 * What a page needs beyond the application's frame, by the first part of its address: its own `index.html` asks for it at
 * once, where the frame would ask a round trip later. The addresses are those of `src/shell/pages.tsx`; one that is not here
 * gets the plain `index.html`.
 */
const AHEAD: Readonly<Record<string, readonly string[]>> = {
  ny: ["src/pages/refer/index.tsx", "src/i18n/nb/refer.ts"],
  innboks: ["src/pages/inbox/index.tsx", "src/i18n/nb/inbox.ts"],
  formidling: ["src/pages/referral/index.tsx"],
  saker: ["src/pages/cases/index.tsx"],
  sak: ["src/pages/cases/Case.tsx"],
  katalog: ["src/pages/directory/index.tsx"],
};

/** Writes `pages/<first part of the address>.html` for the pages above. */
function ahead(): Plugin {
  let folder = "";
  return {
    name: "ahead",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      const manifest = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8")) as Manifest;
      rmSync(join(folder, ".vite"), { recursive: true });
      const index = readFileSync(join(folder, "index.html"), "utf8");
      mkdirSync(join(folder, "pages"), { recursive: true });
      for (const [name, sources] of Object.entries(AHEAD)) {
        const [scripts, styles] = [new Set<string>(), new Set<string>()];
        const take = (source: string) => {
          const chunk = manifest[source];
          if (chunk === undefined) throw new Error(`${source} is no part of the application`);
          if (chunk.isEntry === true || scripts.has(chunk.file)) return;
          scripts.add(chunk.file);
          chunk.css?.forEach((file) => styles.add(file));
          chunk.imports?.forEach(take);
        };
        sources.forEach(take);
        const links = [
          ...[...styles].map((file) => `<link rel="stylesheet" crossorigin href="/${file}">`),
          ...[...scripts].map((file) => `<link rel="modulepreload" crossorigin href="/${file}">`),
        ].filter((link) => !index.includes(link));
        writeFileSync(join(folder, `pages/${name}.html`), index.replace("</head>", `${links.map((link) => `  ${link}\n  `).join("")}</head>`));
      }
    },
  };
}

/**
 * Takes a picture into the program drawn with fewer words: its outlines come with five decimals, of which nobody sees more than
 * two, and nothing in them is said twice, so that no other packing makes them smaller.
 */
function pictures(): Plugin {
  return {
    name: "pictures",
    enforce: "pre",
    load(id) {
      if (!id.endsWith(".svg?raw")) return null;
      const drawn = optimize(readFileSync(id.slice(0, -"?raw".length), "utf8"), { floatPrecision: 2, multipass: true, plugins: ["preset-default", "removeXMLNS"] });
      return `export default ${JSON.stringify(drawn.data)};`;
    },
  };
}

function filesBelow(folder: string): readonly { readonly path: string; readonly url: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, url: path.slice(folder.length).replaceAll("\\", "/") }));
}

/**
 * Builds the service worker when the rest is there, and tells it what to keep: every file of the application. Files below
 * `assets/` have a hash in their names, the others are told apart by one of what is in them.
 */
function worker(): Plugin {
  let folder = "";
  return {
    name: "worker",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    async closeBundle() {
      // It answers every page with the one `index.html`: what lies on the device needs nothing ahead.
      const files = filesBelow(folder)
        .filter(({ url }) => url !== "/worker.js" && !url.startsWith("/pages/"))
        .map(({ path, url }) => ({
          url,
          revision: url.startsWith("/assets/") ? null : createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16),
        }));
      await build({
        configFile: false,
        publicDir: false,
        logLevel: "warn",
        define: { "self.__FILES": JSON.stringify(files), "process.env.NODE_ENV": '"production"' },
        build: {
          outDir: folder,
          emptyOutDir: false,
          target: "es2022",
          modulePreload: false,
          rolldownOptions: { input: "src/offline/worker.ts", output: { entryFileNames: "worker.js", format: "iife" } },
        },
      });
    },
  };
}

/** Leaves each file compressed beside itself, as small as it can be: the server should not do it anew for every phone. */
function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle: {
      order: "post",
      sequential: true,
      handler() {
        for (const { path } of filesBelow(folder).filter(({ url }) => /\.(js|css|html|svg|json|webmanifest)$/.test(url))) {
          const plain = readFileSync(path);
          const smaller = (packed: Buffer, ending: string) => packed.length < plain.length && writeFileSync(`${path}.${ending}`, packed);
          smaller(brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }), "br");
          smaller(gzipSync(plain, { level: 9 }), "gz");
        }
      },
    },
  };
}

/** What pages share lies in few files: a poor network counts requests more than bytes. */
const SHARED = [
  {
    name: "desk",
    test: /\/referral\/(api|actions|asking|doing|words|schema|Deadline|Marks|DoneBar)\.|\/i18n\/(terms|time|zone|(nb|en)\/referral|codes\/(urgency|handoff-state|referral-state))\.|\/ui\/(Icon|Loading|later|load)\.|\/api\/(client|reason)\.|\/singleKeys\.|openapi-fetch|\/svg\/(ArrowUndo|XMark|CheckmarkCircle)\./,
  },
  { name: "codes", test: /\/i18n\/codes\/(need|consent-giver|person-flag|address-protection|identifier-type)\./ },
  { name: "told", test: /\/referral\/(Rail|Summary|ActionBar|CaseLink|icons)\.|\/svg\/(MenuElipsisHorizontal|PersonCheckmark|ArrowForward|ChatElipsis|FolderFile)\.svg\?raw/ },
  { name: "kept", test: /\/offline\/(shelf|store|seal|uuid|quiet|known|queue)\.|\/api\/instance\.|\/ui\/Alert\./ },
  { name: "files", test: /\/src\/files\/|\/i18n\/(nb|en)\/files\./ },
  { name: "refer", test: /\/pages\/refer\/(Fields|state|form|places|reference|words)\./ },
].map((group) => ({ ...group, minShareCount: 2 }));

const DAILY = /\/(refer|inbox|referral|cases|Case|directory|Preview|ActionDialog)-/;

export default defineConfig({
  plugins: [pictures(), ahead(), worker(), compressed()],
  build: {
    target: "es2022",
    sourcemap: false,
    manifest: true,
    // A data URL in a script or style sheet costs more than a request to the same server, and is never cached alone.
    assetsInlineLimit: 0,
    // The policy forbids inline scripts; browsers that we support know `modulepreload`.
    modulePreload: {
      polyfill: false,
      // Naming ahead what a page consists of spares it a round trip, and costs every page its names: only for the day's work.
      resolveDependencies: (page, parts) => (DAILY.test(page) ? parts : parts.filter((part) => part.endsWith(".css"))),
    },
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "frame", tags: ["$initial"] }, ...SHARED] } } },
  },
  // `npm run dev` beside a demo: `cargo run --bin stafett -- demo`.
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/instance.json": "http://127.0.0.1:8080", "/healthz": "http://127.0.0.1:8080" } },
});
