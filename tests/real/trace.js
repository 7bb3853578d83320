// Opens a trace in speedscope, a viewer of profiles that reads Chrome's trace format, and says what it found in it, as JSON.
// Usage: node trace.js FOLDER_OF_PACKAGES CHROMIUM TRACE
"use strict";
const [packages, chromiumPath, file] = process.argv.slice(2);
const { chromium } = require(packages + "/node_modules/playwright-core");
const fs = require("fs");
const trace = fs.readFileSync(file).toString("base64");

(async () => {
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
  const found = { problems: [], alerts: [] };
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on("pageerror", error => found.problems.push(String(error)));
    page.on("dialog", dialog => { found.alerts.push(dialog.message()); dialog.dismiss(); });
    // As its own command line does it: a script beside the trace, that is named in the address, hands it in.
    const script = file + ".js";
    fs.writeFileSync(script, `speedscope.loadFileFromBase64("trace.json", "${trace}")`);
    await page.goto("file://" + packages + "/node_modules/speedscope/dist/release/index.html#localProfilePath=" + script);
    await page.waitForFunction(() => /\(1\/\d+\)/.test(document.body.innerText), null, { timeout: 60000 });
    found.title = await page.evaluate(() => document.body.innerText);
    // Its list of profiles: one for each thread that has spans.
    await page.keyboard.press("t");
    await page.waitForTimeout(500);
    found.text = await page.evaluate(() => document.body.innerText);
  } finally {
    await browser.close();
  }
  console.log(JSON.stringify(found));
})();
