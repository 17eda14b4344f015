// Opens pages in headless Chromium as a reader would: node page.mjs PROGRAM ROOT OUT
// Pictures of them go to OUT. Fails on an error of a page, a request to anywhere, or a reaction that does not come.
import { execFileSync } from "node:child_process";
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [program, root, out] = process.argv.slice(2);
const hostile = `
Description: "</script><script>window.hit = 1</script><img src=x onerror='window.hit = 1'>"
Parameters: {Env: {Type: String, Default: dev, Description: "\\"><svg onload=window.hit=1>"}}
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Resources:
  "A\\"><script>window.hit=1</script>": {Type: AWS::SNS::Topic, Condition: IsProd}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: "</code><b onclick='window.hit=1'>"}}
`;
const pages = {
  vpc: "samples/templates/valid/vpc-ec2.yaml",
  ecs: "samples/templates/valid/ecs-service.yaml",
  sam: "samples/sam/valid/packaged.yaml",
  hostile: path.join(out, "hostile.yaml"),
};
fs.writeFileSync(pages.hostile, hostile);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
for (const [name, file] of Object.entries(pages)) {
  const html = path.join(out, `${name}.html`);
  fs.writeFileSync(html, execFileSync(program, ["explain", file, "--format", "html", "--level", "full"], { cwd: root }));
  for (const [width, scheme, scripts] of [[1280, "light", true], [400, "dark", true], [1280, "dark", false], [400, "light", false]]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, javaScriptEnabled: scripts });
    const page = await context.newPage();
    const wrong = [];
    page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
    page.on("pageerror", (error) => wrong.push(error.message));
    page.on("request", (request) => request.url().startsWith("file:") || wrong.push(request.url()));
    await page.goto(pathToFileURL(html).href);
    await page.screenshot({ path: path.join(out, `${name}-${width}-${scheme}${scripts ? "" : "-still"}.png`), fullPage: true });
    assert.deepEqual(wrong, [], name);
    // Nothing is wider than the window: what is wide scrolls by itself.
    if (scripts) {
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${name} at ${width}`);
      assert.equal(await page.evaluate(() => window.hit), undefined, name);
    }
    assert.equal(await page.locator(".picture .node").count(), await page.locator(".card").count(), name);
    if (name === "vpc" && scripts && width === 1280) {
      await page.locator(".node[data-id=Server]").click();
      assert.equal(await page.locator("#card-Server").getAttribute("open"), "");
      assert.ok(await page.locator(".lines li.lit").count() > 5);
      await page.locator(".lines li[data-r=Vpc]").first().click();
      assert.match(await page.locator(".node[data-id=Vpc]").getAttribute("class"), /lit/);
      await page.locator("#find").fill("security");
      assert.match(await page.locator("#found").textContent(), /^\d+ resources, \d+ lines$/);
    }
    if (name === "ecs" && scripts && width === 1280) {
      assert.match(await page.locator(".node[data-id=SecureListener]").getAttribute("class"), /off/);
      await page.locator("#scenario").selectOption({ index: 1 });
      assert.doesNotMatch(await page.locator(".node[data-id=SecureListener]").getAttribute("class"), /off/);
      assert.match(await page.locator("#card-PlainListener").getAttribute("class"), /off/);
    }
    if (!scripts && name === "vpc") {
      await page.locator(".picture a[href='#card-Server']").click();
      assert.match(page.url(), /#card-Server$/);
    }
    await context.close();
  }
}

// The page of a change set: no script in it, names as hostile as above.
const before = path.join(out, "before.yaml"), after = path.join(out, "after.yaml");
fs.writeFileSync(before, hostile);
fs.writeFileSync(after, hostile.replace("</code>", "<i></code>").replace("A\\\"", "B\\\"").replace("dev", "<b onclick=1>"));
const cases = [[before, after], ...fs.readdirSync(path.join(root, "tests/data/diff")).map((name) => {
  const folder = path.join(root, "tests/data/diff", name);
  return [path.join(folder, "old.yaml"), path.join(folder, "new.yaml")];
})];
for (const [number, [old, now]] of cases.entries()) {
  const html = path.join(out, `diff-${number}.html`);
  fs.writeFileSync(html, execFileSync(program, ["diff", old, now, "--format", "html"]));
  for (const [width, scheme] of [[1280, "light"], [400, "dark"]]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
    const page = await context.newPage();
    const wrong = [];
    page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
    page.on("request", (request) => request.url().startsWith("file:") || wrong.push(request.url()));
    await page.goto(pathToFileURL(html).href);
    await page.screenshot({ path: path.join(out, `diff-${number}-${width}-${scheme}.png`), fullPage: true });
    assert.deepEqual(wrong, [], old);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${old} at ${width}`);
    assert.equal(await page.evaluate(() => window.hit), undefined, old);
    await context.close();
  }
}
await browser.close();
