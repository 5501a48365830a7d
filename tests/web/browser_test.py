"""Drives the dashboard in headless Chromium: runs, run, charts, logs, compare, lineage, gallery, report.

usage: browser_test.py WEB_FIXTURE UNIMO_WEB [PHOTOS]; exit code 77: a browser or its driver is missing.
"""
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

SKIPPED = 77
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    print("skipped: python3-selenium is not installed")
    sys.exit(SKIPPED)
BROWSER = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
if not BROWSER or not DRIVER:
    print("skipped: chromium and chromium-driver are not installed")
    sys.exit(SKIPPED)


def start_browser(folder):
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-background-networking", "--disable-sync", "--window-size=1440,900",
                 "--user-data-dir=" + os.path.join(folder, "profile")):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


# Texts whose colour is too near that of the nearest ground below them: [text, ratio].
CONTRAST = """
const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (e) => {
  for (; e; e = e.parentElement) {
    const colour = parse(getComputedStyle(e).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour;
  }
  return [255, 255, 255];
};
const weak = [];
for (const e of document.querySelectorAll('body *')) {
  if (e.closest('svg, select, [aria-hidden], .skip, dialog:not([open])') || !e.checkVisibility()) continue;
  if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
  const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) weak.push([e.className + ': ' + e.textContent.trim().slice(0, 40), ratio.toFixed(2)]);
}
return weak;
"""


class Walk:
    def __init__(self, browser, base, names, root):
        self.browser, self.base, self.names, self.root = browser, base, names, root

    def open(self, path):
        self.browser.get(self.base + path)

    def find(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, what, condition, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                value = condition()
                if value:
                    return value
            except Exception:  # an element that was redrawn meanwhile
                pass
            time.sleep(0.05)
        raise AssertionError(f"{what}: not seen at {self.browser.current_url}; the page says:\n"
                             + self.browser.find_element(By.TAG_NAME, "body").text[:1500])

    def wait_text(self, text, selector="main"):
        return self.wait(f"text {text!r}", lambda: any(text in e.text for e in self.find(selector)))

    def check_console(self):
        bad = [line["message"] for line in self.browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]
        assert not bad, f"console at {self.browser.current_url}: {bad}"

    def check_width(self):
        """Nothing makes the page scroll sideways."""
        page, window = self.browser.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert page <= window, f"{self.browser.current_url} is {page} px wide in a window of {window}"

    # ---- the pages
    def runs(self):
        self.open("/")
        self.wait("five runs", lambda: len(self.find("tr[data-row]")) == 5)
        self.wait_text("succeeded")
        self.find("#state-failed")[0].click()
        self.wait("one failed run", lambda: len(self.find("tr[data-row]")) == 1)
        assert "state=failed" in self.browser.current_url
        self.browser.refresh()
        self.wait("the filter after a reload", lambda: len(self.find("tr[data-row]")) == 1)
        self.find("#state-all")[0].click()
        self.wait("five runs again", lambda: len(self.find("tr[data-row]")) == 5)
        self.browser.find_element(By.TAG_NAME, "body").send_keys("/")
        self.browser.switch_to.active_element.send_keys(self.names["second"])
        self.wait("one found run", lambda: len(self.find("tr[data-row]")) == 1)

    def run(self):
        self.find(f"#run-{self.names['second']}")[0].click()
        self.wait("the drawing of the tasks", lambda: len(self.find("svg.graph g.node")) == 12)
        self.wait_text("Progress")
        assert [e.get_attribute("data-metric") for e in self.find("a.tile")] == [
            "text_to_image_r1", "image_to_text_r1", "mean_recall", "cider", "bleu4"]
        row = self.find("[data-scores=retrieval] tr[data-row='score[task=retrieval]'] td")
        assert [e.text for e in row] == ["score[task=retrieval]", "56.8", "44.2", "69.5", "9.8"], [e.text for e in row]
        assert len(self.find("[data-scores=captions] tbody tr")) == 1
        others = self.find(".others [data-row='score[task=retrieval]'] dt")
        assert [e.text for e in others] == ["image_r1", "text_r1"]
        for number in self.find(".scores td.num a, .scores dd a"):
            assert "/lineage?" in number.get_attribute("href") and "metric=" in number.get_attribute("href")
        self.open(f"/runs/{self.names['failed']}")
        self.wait_text("loss is nan at step 510", ".failure")
        self.find("#tab-tasks")[0].click()
        self.wait("twelve tasks", lambda: len(self.find("tr[data-row]")) == 12)
        self.find("[id='task-finetune[task=caption]']")[0].click()
        self.wait_text("lower optimizer.lr", ".detail")

    def charts(self):
        self.open(f"/runs/{self.names['second']}?tab=metrics")
        self.wait("five charts", lambda: len(self.find(".chart .plot canvas")) >= 10)
        painted = ("const c = document.querySelector('[data-metric=loss] canvas:last-of-type');"
                   "return [...document.querySelectorAll('[data-metric=loss] canvas')].some((c) =>"
                   " new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)"
                   ".filter(Boolean).length > 500)")
        self.wait("a painted curve", lambda: self.browser.execute_script(painted))
        self.wait_text("pretrain", "[data-metric=loss] .legend")
        self.find("#axis option[value=time]")[0].click()
        self.wait("the axis in the address", lambda: "axis=time" in self.browser.current_url)
        self.wait_text("min", "[data-metric=loss] .plot")

    def logs(self):
        self.open(f"/runs/{self.names['failed']}?tab=logs&task=finetune%5Btask%3Dcaption%5D")
        self.wait_text("the last good checkpoint is step 500", "#log-text")
        self.find("#search")[0].send_keys("gradient")
        self.wait("one line", lambda: len(self.find("#log-text .line")) == 1)
        assert self.find("#log-text mark")[0].text == "gradient"

    def compare(self):
        self.open("/runs")
        self.wait("five runs", lambda: len(self.find("tr[data-row]")) == 5)
        for name in ("first", "second"):
            self.find(f"#choose-{self.names[name]}")[0].click()
        self.wait("the button", lambda: self.find(".tray .button"))[0].click()
        self.wait_text("pretrain.optimizer.lr")
        self.wait_text("+0.06")
        self.browser.execute_script("document.querySelector('[data-metric=loss]').scrollIntoView()")
        self.wait("overlaid curves", lambda: len(self.find("[data-metric=loss] .swatch.dashed")) == 3)

    def lineage(self):
        self.browser.execute_script("scrollTo(0, 0)")
        self.find("td a[href*='metric=cider']")[0].click()
        self.wait_text("Lineage of cider")
        self.wait("raw files, tasks and the metric", lambda: len(self.find("svg.graph g.node")) == 11)
        self.wait_text("/data/flickr8k")
        assert self.find("a[href^='https://github.com/example/unimo/commit/']")

    def gallery(self):
        self.open("/gallery")
        self.wait("galleries", lambda: len(self.find(".choice")) > 4)
        self.wait("samples", lambda: len(self.find(".choice:first-child .samples img[loading=lazy]")) >= 4)
        self.wait_text("records · 24 pictures", ".choice")
        self.wait("samples of regions with their boxes", lambda: self.find(".samples .box rect"))
        self.open(f"/gallery?artifact={self.names['retrieval']}&run={self.names['second']}")
        self.wait("eight pictures", lambda: len(self.find(".picture")) == 8)
        self.wait("a loaded picture", lambda: self.browser.execute_script(
            "const i = document.querySelector('.picture img'); return i.complete && i.naturalWidth > 10"))
        assert len(self.find(".picture:first-child .retrieved li")) == 5
        assert self.find(".picture:first-child .box rect")
        self.find(".picture .open")[0].click()
        self.wait("the large picture", lambda: self.find("dialog[open] img"))
        self.browser.switch_to.active_element.send_keys(Keys.ESCAPE)
        self.open(f"/gallery?artifact={self.names['captions']}&run={self.names['second']}")
        self.wait_text("References")

    def regions(self):
        """A class is switched off in all pictures, a least confidence hides boxes, the address keeps both."""
        shown = lambda: sum(box.is_displayed() for box in self.find(".picture g.box:not(.words-of-box)"))
        self.open(f"/gallery?artifact={self.names['regions']}&least=0")
        pictures = len(self.wait("pictures", lambda: self.find(".picture")))
        assert shown() == 2 * pictures, shown()
        assert self.find(".picture .words-of-box text")[0].get_attribute("textContent").endswith("0.88")
        self.find(".classes button[data-class=window]")[0].click()
        assert shown() == pictures, shown()
        self.browser.refresh()
        self.wait("the switch after a reload", lambda: self.find(".picture") and shown() == pictures)
        self.find("#all-classes")[0].click()
        least = self.find("#least")[0]
        least.send_keys(Keys.ARROW_RIGHT * 6)
        self.wait("boxes above 0.30 alone", lambda: shown() == pictures)
        assert "least=" not in self.browser.current_url, self.browser.current_url  # what it is unasked
        least.send_keys(Keys.ARROW_RIGHT)
        self.wait("the address", lambda: "least=0.35" in self.browser.current_url)
        self.find(".picture .open")[0].click()
        self.wait_text("gray 0.88", "dialog[open] .regions")
        self.find("dialog[open] .regions button")[0].click()
        assert not any(box.is_displayed() for box in self.find("dialog[open] g.box"))
        self.browser.switch_to.active_element.send_keys(Keys.ESCAPE)
        self.find("#regions-of option[value=flickr]")[0].click()
        self.wait("the annotated boxes", lambda: len(self.find(".picture:first-child g.box:not(.words-of-box)")) == 3)

    def report(self):
        self.open("/report")
        frame = self.wait("the frame", lambda: self.find("iframe.report"))[0]
        self.browser.switch_to.frame(frame)
        self.wait("the report", lambda: "0.930" in self.browser.find_element(By.TAG_NAME, "body").text)
        self.browser.switch_to.default_content()
        assert "script ran" not in self.browser.title
        # The report tries to run a script; that it is refused is what the console says here.
        said = [line["message"] for line in self.browser.get_log("browser")]
        assert all("report-page" in line and "sandboxed" in line for line in said), said

    def hostile_names(self):
        """Markup in the name of a metric stays text wherever it is shown."""
        run, name = self.names["interrupted"], "<img src=x onerror=document.title='hit'>"
        quoted = urllib.parse.quote(name)
        for path, selector in ((f"/runs/{run}?tab=metrics", ".chart h3"), (f"/runs/{run}?tab=tasks&task=pretrain", ".detail .chip"),
                               (f"/lineage?run={run}&task=pretrain&metric={quoted}", "h1"),
                               (f"/compare?a={run}&b={self.names['second']}", "td.main")):
            self.open(path)
            self.wait_text(name, selector)
            assert not self.find("main img"), f"{path} made markup of a name"
            assert self.browser.title != "hit"

    def live(self):
        """A page that is open shows what a run writes meanwhile."""
        self.open(f"/runs/{self.names['running']}")
        self.wait_text("3,720 / 6,000 steps")
        with contextlib.closing(sqlite3.connect(os.path.join(self.root, "store.db"))) as store, store:
            store.execute("UPDATE tasks SET progress_done = 5100 WHERE state = 'running'")
        self.wait_text("5,100 / 6,000 steps")

    def contrast(self):
        """Every text stands out from its ground by 4.5 to 1, in both themes."""
        for theme in ("light", "dark"):
            for path, selector in (("/runs", "tr[data-row]"), (f"/runs/{self.names['failed']}", "svg.graph"),
                                   (f"/runs/{self.names['failed']}?tab=tasks&task=pretrain", ".detail"),
                                   (f"/compare?a={self.names['first']}&b={self.names['second']}", ".diff"),
                                   (f"/gallery?artifact={self.names['retrieval']}&run={self.names['second']}", ".picture")):
                self.open(path)
                self.wait(selector, lambda wanted=selector: self.find(wanted))
                self.browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
                weak = self.browser.execute_script(CONTRAST)
                assert not weak, f"{path} in the {theme} theme: {weak[:5]}"

    def narrow(self):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                     {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
        second = self.names["second"]
        for path, selector in (("/runs", "tr[data-row]"), (f"/runs/{second}", "svg.graph"),
                               (f"/runs/{second}?tab=tasks", "tr[data-row]"), (f"/runs/{second}?tab=metrics", ".chart canvas"),
                               (f"/runs/{second}?tab=provenance", ".facts"), (f"/compare?a={self.names['first']}&b={second}", ".pair"),
                               (f"/lineage?artifact={self.names['captions']}", "svg.graph"),
                               ("/gallery", ".samples img"), (f"/gallery?artifact={self.names['records']}", ".picture")):
            self.open(path)
            self.wait(selector, lambda wanted=selector: self.find(wanted))
            self.check_width()

    def theme(self):
        self.open("/runs")
        ground = lambda: self.browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        self.wait("the button", lambda: self.find("#theme"))[0].click()
        light = ground()
        self.find("#theme")[0].click()
        assert ground() != light, "light and dark have the same ground"
        self.browser.refresh()
        assert self.browser.execute_script("return document.documentElement.dataset.theme") == "dark"


def main():
    fixture_program, web_program = sys.argv[1:3]
    with tempfile.TemporaryDirectory(prefix="unimo-browser-", ignore_cleanup_errors=True) as folder:
        root = os.path.join(folder, "store")
        made = subprocess.run([fixture_program, root, *sys.argv[3:]], check=True, stdout=subprocess.PIPE, text=True)
        names = json.loads(made.stdout)
        server = subprocess.Popen([web_program, "--root", root, "--port", "0"], stdout=subprocess.PIPE, text=True)
        browser = None
        try:
            base = server.stdout.readline().strip().rstrip("/")
            browser = start_browser(folder)
            walk = Walk(browser, base, names, root)
            for step in (walk.runs, walk.run, walk.charts, walk.logs, walk.compare, walk.lineage, walk.gallery, walk.regions,
                         walk.report, walk.hostile_names, walk.live, walk.contrast, walk.theme, walk.narrow):
                step()
                walk.check_console()
                print("ok", step.__name__, flush=True)
        finally:
            if browser:
                browser.quit()
            server.send_signal(signal.SIGTERM)
            code = server.wait(timeout=10)
        assert code == 0, f"unimo-web ended with {code} on SIGTERM"
        print("ok stops on SIGTERM")


if __name__ == "__main__":
    main()
