// Opens a page of `report` as people do: light, dark, on a phone, on paper; says what it saw, as JSON.
// Usage: node browser.js FOLDER_OF_PACKAGES CHROMIUM PAGE [live|quick]
"use strict";
const [packages, chromiumPath, file, how] = process.argv.slice(2);
const { chromium } = require(packages + "/node_modules/playwright-core");
const axe = require("fs").readFileSync(packages + "/node_modules/axe-core/axe.min.js", "utf8");
const MODES = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  "no script": { viewport: { width: 1280, height: 900 }, javaScriptEnabled: false },
};
const SEEN = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"];
const settled = page => page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))));

async function open(browser, mode) {
  const page = await (await browser.newContext(MODES[mode])).newPage();
  const seen = { problems: [], requests: [] };
  page.on("console", message => seen.problems.push(message.text()));
  page.on("pageerror", error => seen.problems.push(String(error)));
  page.on("dialog", dialog => { seen.problems.push("dialog: " + dialog.message()); dialog.dismiss(); });
  page.on("request", request => seen.requests.push(request.url()));
  await page.goto("file://" + file);
  return [page, seen];
}

async function look(browser, mode) {
  const [page, seen] = await open(browser, mode);
  if (how === "quick") return { ...seen, painted: await settled(page), bars: await page.locator("#lanes rect").count() };
  if (mode === "no script") return { ...seen, bars: await page.locator("#lanes rect").count() };
  seen.painted = await settled(page);
  seen.width = await page.evaluate(() => document.documentElement.scrollWidth);
  seen.paper = mode === "light" ? (await page.pdf({ format: "A4" })).length : 0;
  await page.evaluate(axe);
  // What a page is made of is the same in each mode; what is seen of it is not.
  const rules = mode === "light" ? {} : { runOnly: { type: "rule", values: SEEN } };
  const found = await page.evaluate(rules => axe.run(rules), rules);
  seen.axe = found.violations.map(one => `${one.impact} ${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
  return seen;
}

// With the keyboard alone: zoom, from mark to mark; then the pointer, a tap that leads to a card, and that it opens.
async function use(browser) {
  const [page] = await open(browser, "light"), said = {};
  await page.focus("#scroll");
  const width = () => page.evaluate(() => document.getElementById("lanes").getBoundingClientRect().width);
  const before = await width();
  for (let i = 0; i < 3; i++) await page.keyboard.press("+");
  said.zoomed = (await width()) / before;
  await page.keyboard.press("n");
  said.mark = await page.textContent("#said");
  await page.keyboard.press("0");
  const bar = page.locator("#lanes rect[data-c]").first();
  await bar.hover({ force: true });
  said.tip = await page.textContent("#tip");
  await bar.click({ force: true });
  const link = page.locator("#said a");
  if (await link.count()) {
    const card = await link.getAttribute("href");
    await link.click();
    // (The page opens it when it is told of the new address, which is after the click.)
    said.opened = await page.waitForFunction(id => document.getElementById(id.slice(1)).open, card)
      .then(() => true, () => false);
  }
  return said;
}

// A page that is kept current: where one is, how far one has zoomed and what is open outlive its reading itself.
async function keep(browser) {
  const [page] = await open(browser, "light");
  await page.focus("#scroll");
  for (let i = 0; i < 2; i++) await page.keyboard.press("+");
  await page.evaluate(() => { document.querySelector("#cards details").open = true; document.getElementById("scroll").scrollLeft = 300; scrollTo(0, 500); window.before = true; });
  const state = () => page.evaluate(() => ({ y: scrollY, left: Math.round(document.getElementById("scroll").scrollLeft),
    width: document.getElementById("lanes").style.width, open: document.querySelectorAll("#cards details[open]").length,
    focus: document.activeElement.id }));
  const before = await state();
  await page.waitForFunction(() => !window.before, null, { timeout: 120000 });
  await settled(page);
  return { before, after: await state() };
}

(async () => {
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
  const found = {};
  try {
    if (how === "live") found.kept = await keep(browser);
    else if (how === "quick") found.light = await look(browser, "light");
    else {
      for (const mode of Object.keys(MODES)) found[mode] = await look(browser, mode);
      const [page] = await open(browser, "light");
      found.use = await page.locator("#lanes rect[data-c]").count() ? await use(browser) : {};
    }
  } finally {
    await browser.close();
  }
  console.log(JSON.stringify(found));
})();
