// Makes the sheets, icons.svg, NOTICE.txt and build.json in api/web/static of css/, icons.txt and the packages of package-lock.json.
//
//     npm ci --ignore-scripts && node build.mjs [FOLDER]     (`make assets` does both)
//
// Of a component of NL Design System only the rules are taken whose class names stand in a template, with the values of
// css/nl.css and css/constants.css in the place of their names. FOLDER: where the results go instead.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "lightningcss";

const HERE = dirname(fileURLToPath(import.meta.url));
const WEB = join(HERE, "..");
const OUT = process.argv[2] ?? join(WEB, "static");
const COMPONENTS = ["button", "heading", "link", "paragraph", "skip-link", "number-badge", "data-badge"];
const SHEETS = ["tokens", "base", "frame", "forms", "parts", "lists", "work", "narrow", "print"];
/** Sheets of their own, beside style.css on the pages that name them. */
const OF_PAGES = ["desk", "files", "people", "start"];
// The height of a line that is trimmed depends on the font, and not every browser trims; browsers do by themselves what is
// said for forced colours.
const LEFT_OUT = new Set(["text-box-trim", "--_nl-link-forced-colors-color"]);
/** Says nothing: what is inherited anyway (but not by a button), and a width that is no width. */
const idleLine = (component, value) => (value === "inherit" && component !== "button") || value === "max(0px,initial)";

const inputs = new Map();
const read = (path) => {
  const text = readFileSync(path, "utf8");
  if (!path.includes("node_modules") && !path.includes("templates")) inputs.set(relative(HERE, path), text);
  return text;
};
const of = (name) => join(HERE, "node_modules", name);

/** Cuts a text at a sign, but not inside brackets or quotes. */
function cut(text, sign) {
  const parts = [""];
  let depth = 0, quote = "";
  for (const letter of text) {
    if (quote) quote = letter === quote ? "" : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if ("([{".includes(letter)) depth += 1;
    else if (")]}".includes(letter)) depth -= 1;
    if (letter === sign && depth === 0 && !quote) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts.map((one) => one.trim()).filter(Boolean);
}

/** The rules of a sheet, as [selector or at-rule, what stands between its braces]. */
function rules(css) {
  const found = [];
  let start = 0, open = 0, depth = 0;
  const text = css.replace(/\/\*[\s\S]*?\*\//g, "");
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "{" && depth++ === 0) open = at;
    else if (text[at] === "}" && --depth === 0) {
      found.push([text.slice(start, open).trim(), text.slice(open + 1, at)]);
      start = at + 1;
    }
  }
  return found;
}

const declarations = (body) => cut(body, ";").map((one) => [one.slice(0, one.indexOf(":")).trim(), one.slice(one.indexOf(":") + 1).trim()]);
const values = new Map();
for (const name of ["constants", "nl"])
  for (const [, body] of rules(read(join(HERE, "css", `${name}.css`))))
    for (const [token, value] of declarations(body)) values.set(token, value);
const asked = new Set();

/** A value with those of our tables in the place of their names; null where one has none and falls back on none. */
function filled(value) {
  const at = value.indexOf("var(");
  if (at < 0) return value;
  let end = at + 4, depth = 1;
  for (; depth > 0; end += 1) depth += value[end] === "(" ? 1 : value[end] === ")" ? -1 : 0;
  const [name, ...rest] = cut(value.slice(at + 4, end - 1), ",");
  const back = rest.length ? filled(rest.join(", ")) : null;
  let put = back;
  if (values.has(name)) {
    asked.add(name);
    put = filled(values.get(name));
  } else if (!name.startsWith("--nl-")) {
    put = back === null ? `var(${name})` : `var(${name}, ${back})`;
  }
  const after = filled(value.slice(end));
  return put === null || after === null ? null : value.slice(0, at) + put + after;
}

const templates = readdirSync(join(WEB, "templates"), { recursive: true }).filter((one) => one.endsWith(".html")).sort();
const markup = templates.map((one) => read(join(WEB, "templates", one))).join("\n");
const used = new Set(markup.match(/\bnl-[a-z]+[\w-]*(?=[\s"'])/g));
// Names that templates put together: nl-heading--level-{{ level }}, nl-button--{% if … %}.
for (const name of ["nl-heading--level-2", "nl-heading--level-3", "nl-button--primary", "nl-button--secondary"]) used.add(name);
const known = new Set();

/** What is left of a component: rules for names in use, declarations that say something. */
function kept(component, css) {
  let text = "";
  for (const [selector, body] of rules(css)) {
    if (selector.startsWith("@")) continue; // forced colours: browsers do by themselves what these repeat
    const wanted = cut(selector, ",").filter((one) => {
      const names = one.match(/\.nl-[\w-]*\w/g) ?? [];
      names.forEach((name) => known.add(name.slice(1)));
      const needed = one.replace(/:not\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/g, "").match(/\.nl-[\w-]*\w/g) ?? [];
      return needed.every((name) => used.has(name.slice(1)));
    });
    const lines = declarations(body)
      .map(([name, value]) => [name, LEFT_OUT.has(name) ? null : filled(value)])
      .filter(([, value]) => value !== null && !idleLine(component, value.replaceAll(", ", ",")));
    if (wanted.length && lines.length) text += `${wanted.join(",")}{${lines.map((line) => line.join(":")).join(";")}}\n`;
  }
  return text;
}

const parts = COMPONENTS.map((name) =>
  kept(name, read(join(of(`@nl-design-system-candidate/${name}-css`), "dist", `${name}.css`))),
);
const stranger = [...used].find((name) => !known.has(name));
if (stranger) throw new Error(`a template names ${stranger}, which no component has`);
const own = SHEETS.map((name) => read(join(HERE, "css", `${name}.css`)));
const idle = [...values.keys()].filter((name) => name.startsWith("--nl-") && !asked.has(name));
if (idle.length) throw new Error(`no rule asks for ${idle.join(", ")}`);
const put = (text) => text.replace(/var\((--[\w-]+)\)/g, (whole, name) => (values.has(name) ? values.get(name) : whole));
const small = (filename, texts) => transform({ filename, code: Buffer.from(texts.join("\n")), minify: true }).code.toString();
const [tokens, ...rest] = own.map(put);
const sheet = small("style.css", [tokens, ...parts, ...rest]);

const icons = cut(read(join(HERE, "icons.txt")), "\n");
const symbols = icons.map((name) => {
  const [, inner] = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(read(join(of("lucide-static"), "icons", `${name}.svg`)));
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s+/g, " ").replace(/ ?(\/?>) ?/g, "$1").trim()}</symbol>`;
});
const sprite = `<!-- Lucide: the licence is in NOTICE.txt -->\n<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;

const packages = JSON.parse(read(join(HERE, "package-lock.json"))).packages;
const version = (name) => packages[`node_modules/${name}`].version;
const notice = [
  "style.css holds parts of these packages (https://github.com/nl-design-system/candidate), changed: only the rules that",
  "are used, with values in the place of tokens. Their licence is the EUPL-1.2, as that of all of alumnimatch.",
  "",
  ...COMPONENTS.map((name) => `@nl-design-system-candidate/${name}-css`).map((name) => `${name} ${version(name)}`),
  "",
  `icons.svg holds ${icons.length} icons of lucide-static ${version("lucide-static")} (https://lucide.dev):`,
  "",
  read(join(of("lucide-static"), "LICENSE")).trim(),
  "",
].join("\n");

const outputs = new Map([
  ["style.css", `/* Licences: NOTICE.txt. Made by api/web/assets/build.mjs. */\n${sheet}\n`],
  ...OF_PAGES.map((name) => [`${name}.css`, `${small(name, [put(read(join(HERE, "css", `${name}.css`)))])}\n`]),
  ["icons.svg", sprite],
  ["NOTICE.txt", notice],
]);
read(join(HERE, "build.mjs"));
const hash = (text) => createHash("sha256").update(text).digest("hex");
const hashes = (files) => Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => [name, hash(text)]));
const built = { icons, classes: [...used].filter((name) => known.has(name)).sort(), inputs: hashes(inputs), outputs: hashes(outputs) };
mkdirSync(OUT, { recursive: true });
for (const [name, text] of [...outputs, ["build.json", `${JSON.stringify(built, null, 1)}\n`]]) writeFileSync(join(OUT, name), text);
console.log([...outputs].map(([name, text]) => `${name} ${Buffer.byteLength(text)} bytes`).join(", "));
