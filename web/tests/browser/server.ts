/** Starts a real `stafett demo` on a free port and a folder of its own, for as long as the tests run. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    url: string;
    tokens: Record<string, string>;
  }
}

interface Ready {
  url: string;
  tokens: Record<string, string>;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "stafett-web-"));
  const program = process.env.STAFETT_BIN ?? resolve(import.meta.dirname, "../../../target/debug/stafett");
  const demo = spawn(program, ["demo", "--json", "--port", "0", "--data", folder, "--referrals", "160"], {
    stdio: ["ignore", "pipe", "inherit"],
    // Nothing of whoever runs the tests reaches the server: not a setting, not a database.
    env: { PATH: process.env.PATH },
  });
  const { url, tokens } = await ready(demo, program);
  project.provide("url", url);
  project.provide("tokens", tokens);
  return async () => {
    const gone = new Promise((done) => demo.once("exit", done));
    demo.kill("SIGTERM");
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
}

async function ready(demo: ChildProcess, program: string): Promise<Ready> {
  const { stdout } = demo;
  if (stdout === null) throw new Error("no standard output");
  const failed = new Promise<never>((_, reject) => {
    demo.once("error", () => reject(new Error(`${program} does not start; build it first: cargo build --bin stafett`)));
    demo.once("exit", (status) => reject(new Error(`${program} demo ended with status ${String(status)}`)));
  });
  const line = new Promise<string>((said) => createInterface(stdout).once("line", said));
  return JSON.parse(await Promise.race([line, failed])) as Ready;
}
