#!/usr/bin/python3
"""The page in a browser: headless Chromium, and axe-core for accessibility.

usage: browser.py PROGRAM [TEST...]              ends with 77 where there is no Chromium
       browser.py PROGRAM --screenshots FOLDER   pictures for the documentation, of the product's model
"""

import contextlib
import pathlib
import subprocess
import sys
import tempfile
import time

from support import run_tests, wait_for
from support_page import Page

ROOT = pathlib.Path(__file__).resolve().parents[2]
AXE = ROOT / ".cache/axe/axe.min.js"
WIDTHS = (360, 1400)
HEIGHT = 900

try:
    from selenium import webdriver
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None


@contextlib.contextmanager
def browser(width=1400, scheme="light"):
    options = webdriver.ChromeOptions()
    for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", "no-first-run",
                     "disable-background-networking", "hide-scrollbars", "force-device-scale-factor=1"):  # fmt: skip
        options.add_argument("--" + argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.chrome.service.Service("/usr/bin/chromedriver"))
    try:
        set_view(driver, width, scheme)
        yield driver
    finally:
        driver.quit()


def set_view(driver, width, scheme="light", height=HEIGHT):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})  # fmt: skip
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                           {"features": [{"name": "prefers-color-scheme", "value": scheme}]})  # fmt: skip


def go(driver, page, path):
    driver.get(f"http://127.0.0.1:{page.port}{path}")


def one(driver, selector):
    return driver.find_element(By.CSS_SELECTOR, selector)


def pixels(driver, selector="#picture"):
    """What an image shows, once it is there."""
    script = """const image = document.querySelector(arguments[0]);
        if (!image || !image.complete || !image.naturalWidth) return null;
        const canvas = document.createElement("canvas");
        canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
        canvas.getContext("2d").drawImage(image, 0, 0);
        return canvas.toDataURL();"""
    wait_for("the picture is shown", lambda: driver.execute_script(script, selector))
    return driver.execute_script(script, selector)


def check_console(driver):
    """Nothing was refused by the Content-Security-Policy, and no script failed."""
    wrong = [entry["message"] for entry in driver.get_log("browser") if "favicon" not in entry["message"]]
    assert not wrong, wrong


# ---- Tests -----------------------------------------------------------------------------------------------------------


def send_until(page, events, condition):
    while not condition():
        page.send(events.pop(0))
        wait_for("the frame was looked at", lambda: not page.query("SELECT 1 FROM device WHERE seen < version"))


def test_sharpens(program, folder):
    """A picture gets sharper, and the list of cameras changes, without a reload."""
    page = Page(program, folder)
    events = page.events()
    send_until(page, events, lambda: page.query("SELECT 1 FROM picture WHERE packets >= 2"))
    device, id, packets = page.query("SELECT device, id, packets FROM picture WHERE packets >= 2")[0]
    with browser() as driver:
        go(driver, page, f"/picture/{device}/{id}")
        assert f"{packets} of {packets}" in one(driver, "#count").text
        driver.execute_script("window.stays = 1")
        before = pixels(driver)
        send_until(page, events, lambda: page.query("SELECT 1 FROM picture WHERE device = ? AND id = ? AND packets > ? + 1",
                                                    device, id, packets))  # fmt: skip
        now = page.query("SELECT packets FROM picture WHERE device = ? AND id = ?", device, id)[0][0]
        wait_for("the page changes", lambda: f"{now} of {now}" == driver.execute_script(
            "const count = document.getElementById('count'); return count && count.value"))  # fmt: skip
        assert f"packets={now}&mark=1" in one(driver, "#picture").get_attribute("src")
        assert pixels(driver) != before, "the picture is the same"
        assert len(driver.find_elements(By.CSS_SELECTOR, ".bar")) == now
        assert driver.execute_script("return window.stays") == 1, "it was loaded anew"

        go(driver, page, "/")
        driver.execute_script("window.stays = 1")
        cameras = len(driver.find_elements(By.CSS_SELECTOR, ".card"))
        while events:
            page.send(events.pop(0))
        wait_for("the last pictures are there", lambda: all(
            f"{count} packets, {size} bytes" in one(driver, "main").text
            for count, size in page.query("SELECT packets, bytes FROM picture p WHERE id ="
                                          " (SELECT max(id) FROM picture q WHERE q.device = p.device)")))  # fmt: skip
        assert len(driver.find_elements(By.CSS_SELECTOR, ".card")) >= cameras
        assert driver.execute_script("return window.stays") == 1
        check_console(driver)

        page.stop()  # and when it comes back, the page goes on
        page.start()
        wait_for("the page knows that the service is back", lambda: driver.execute_script("return window.stays") == 1
                 and one(driver, "#state").text == "")  # fmt: skip
    page.stop()


def test_slider(program, folder):
    page = Page(program, folder)
    send_until(page, page.events(), lambda: page.query("SELECT 1 FROM picture WHERE packets = 3"))
    device, id, packets = page.query("SELECT device, id, packets FROM picture WHERE packets = 3")[0]
    with browser() as driver:
        go(driver, page, f"/picture/{device}/{id}")
        newest = pixels(driver)
        assert not one(driver, "#show").is_displayed(), "the button is of no use with scripts"
        slider = one(driver, "#packets")
        slider.send_keys(Keys.HOME)
        wait_for("the first packet is shown", lambda: "packets=1&" in one(driver, "#picture").get_attribute("src"))
        assert one(driver, "#count").text == f"1 of {packets}" and pixels(driver) != newest
        assert len(driver.find_elements(By.CSS_SELECTOR, ".bar.later")) == packets - 1
        slider.send_keys(Keys.ARROW_RIGHT)
        wait_for("the next one is shown", lambda: "packets=2&" in one(driver, "#picture").get_attribute("src"))
        slider.send_keys(Keys.END)
        wait_for("all are shown", lambda: f"packets={packets}&" in one(driver, "#picture").get_attribute("src"))
        assert pixels(driver) == newest
        mark = one(driver, "#mark")
        assert mark.is_selected(), "what is made up is not marked"
        mark.click()
        wait_for("marks are gone", lambda: "mark=0" in one(driver, "#picture").get_attribute("src"))
        assert pixels(driver) != newest
        check_console(driver)
    page.stop()


def test_judge(program, folder):
    page = Page(program, folder)
    page.fill()
    count = page.query("SELECT count(*) FROM alarm")[0][0]
    assert count >= 2
    with browser() as driver:
        go(driver, page, "/alarms?show=open")
        for number, name in ((1, "Confirm"), (2, "Reject")):
            button = one(driver, f".judge-{number}")
            assert button.text.startswith(name)
            button.send_keys(Keys.ENTER)
            wait_for("it is kept", lambda: page.query("SELECT count(*) FROM alarm WHERE judged = ?", number) == [(1,)])
            wait_for("it is not open", lambda: len(driver.find_elements(By.CSS_SELECTOR, ".card")) == count - number)
        go(driver, page, "/alarms?show=confirmed")
        assert len(driver.find_elements(By.CSS_SELECTOR, ".card")) == 1 and "Confirmed by local" in one(driver, "main").text
        check_console(driver)
    page.stop()


def check_accessible(driver, where):
    driver.execute_script(AXE.read_text())
    found = driver.execute_async_script("const done = arguments[0]; axe.run().then(done, (e) => done({violations:"
                                        " [{impact: 'serious', id: String(e), nodes: []}]}));")  # fmt: skip
    wrong = [(v["impact"], v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found["violations"]]
    assert not [w for w in wrong if w[0] in ("serious", "critical")], (where, wrong)


def test_accessible(program, folder):
    """No page is wider than its window, nor has a serious problem, whatever the width and the colours."""
    page = Page(program, folder)
    pictures = page.fill()
    camera = page.query("SELECT source || '/' || name FROM device")[0][0]
    with browser() as driver:
        for path in ("/", pictures[0], pictures[0].replace("/picture/", "/delete/"), f"/camera/{camera}", "/alarms", "/search?label=red", "/picture/1/1"):
            for width in WIDTHS:
                for scheme in ("light", "dark"):
                    where = f"{path} at {width}, {scheme}"
                    set_view(driver, width, scheme)
                    go(driver, page, path)
                    wide = driver.execute_script("return document.documentElement.scrollWidth")
                    assert wide <= width, f"{where}: {wide} pixels wide"
                    check_accessible(driver, where)
        go(driver, page, "/")
        driver.switch_to.active_element.send_keys(Keys.TAB)
        focus = driver.switch_to.active_element
        assert focus.get_attribute("class") == "skip" and focus.rect["x"] >= 0, "the first Tab does not show the way"
        assert focus.value_of_css_property("outline-style") == "solid", "focus cannot be seen"
        focus.send_keys(Keys.ENTER)
        assert driver.switch_to.active_element.get_attribute("id") == "main"
    page.stop()


# ---- Screenshots -----------------------------------------------------------------------------------------------------


def save(driver, file):
    """A file of few colours: it is small, and shows enough."""
    driver.execute_async_script("const done = arguments[0]; Promise.all(Array.from(document.images, (image) => {"
                                " image.loading = 'eager'; return image.decode().catch(() => {}); })).then(done);")  # fmt: skip
    driver.save_screenshot(str(file))
    subprocess.run(["convert", file, "-strip", "-resize", "75%", "+dither", "-colors", "64", "-define",
                    "png:compression-level=9", f"PNG8:{file}"], check=True)  # fmt: skip


def make_demo_folder(folder):
    """The cameras of the demo, and the product's model."""
    (folder / "sim.conf").write_text((ROOT / "examples/serve-demo/cameras.conf").read_text().replace(
        "../../tests/pictures", str(ROOT / "tests/pictures")))  # fmt: skip
    settings = (folder / "serve.conf").read_text()
    settings = settings.replace("model = ./model\nvision = colours.onnx\n", "").replace("net]", "reserve]")
    settings = settings.replace("[rule any]", "[rule cat]\nclasses = tabby, tiger cat, Persian cat, Egyptian cat")
    (folder / "serve.conf").write_text(settings.replace("score = 0.01", "score = 0.5\nlooks = 2"))


class Demo(Page):
    hook = "/hook/reserve"

    def start(self):
        make_demo_folder(self.folder)
        super().start()


def make_screenshots(program, out):
    with tempfile.TemporaryDirectory(prefix="limitnet-page-") as name, browser(1100) as driver:
        page = Demo(program, pathlib.Path(name))
        events = page.events()
        for event in events[: len(events) * 9 // 10]:
            page.send(event)
            time.sleep(0.05)
        wait_for("all was looked at", lambda: not page.query("SELECT 1 FROM device WHERE seen < version"))
        cats = page.query("SELECT device, id FROM picture WHERE label LIKE '%cat%' ORDER BY packets DESC")
        for name, path, width, height, scheme in (("cameras", "/", 1100, 560, "light"),
                                                  ("picture", "/picture/%d/%d?packets=4&mark=1" % cats[0], 1000, 820, "light"),
                                                  ("alarms", "/alarms", 360, 740, "dark"),
                                                  ("search", "/search?label=cat", 760, 540, "light")):  # fmt: skip
            set_view(driver, width, scheme, height)
            go(driver, page, path)
            save(driver, out / f"page-{name}.png")
        page.stop()
    size = sum(file.stat().st_size for file in out.glob("page-*.png"))
    assert size < 200000, f"{size} bytes are too many"


def main():
    program, *names = sys.argv[1:]
    program = pathlib.Path(program).resolve()
    if not (webdriver and pathlib.Path("/usr/bin/chromedriver").exists() and AXE.exists()):
        print("Chromium, its driver or axe-core is missing: tools/setup.sh test-page installs them")
        sys.exit(77)
    if names[:1] == ["--screenshots"]:
        make_screenshots(program, pathlib.Path(names[1]))
        return
    run_tests(globals(), program, wanted=names)


main()
