"""The letter as a reader sees it, in headless Chromium."""

import html
import json
import re
import struct
import subprocess
import zlib

import pytest

from workspace import GUARD, ROOT, SAMPLE

PROBE = """<!doctype html><body style="margin:0"><iframe id=f src="message.html"
 style="border:0;width:%dpx;height:900px"></iframe><script>
onload = () => {
  const d = document.getElementById('f').contentDocument, e = d.documentElement;
  const lit = n => { while (n && n.nodeType) { const c = getComputedStyle(n).backgroundColor;
    if (!/, 0\\)$|transparent/.test(c)) return c; n = n.parentElement } return 'rgb(255, 255, 255)' };
  const seen = [...d.querySelectorAll('p,h1,h2,h3,li,a,td,th,pre,code,em')].filter(n => [...n.childNodes].some(
    c => c.nodeType == 3 && c.data.trim()) && n.getClientRects().length);
  const out = {over: e.scrollWidth - e.clientWidth, h1: d.querySelectorAll('h1').length,
    optout: [...d.querySelectorAll('a')].filter(a => /\\/u\\//.test(a.href) && a.offsetHeight > 0).length,
    colours: seen.map(n => [getComputedStyle(n).color, lit(n), parseFloat(getComputedStyle(n).fontSize)])};
  document.body.innerHTML = ''; document.body.textContent = JSON.stringify(out);
}</script>"""


def chromium(folder, *args):
    return subprocess.run(
        ["/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--hide-scrollbars", "--allow-file-access-from-files", f"--user-data-dir={folder}/profile",
         *args], capture_output=True, timeout=GUARD, check=True).stdout.decode()


def luminance(colour):
    channels = [int(v) / 255 for v in re.findall(r"\d+", colour)[:3]]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# Two cards that hold every kind of block, a table of fourteen columns, words that are too long.
CARDS = "---\nsubject: Cards\n---\n\n" + (ROOT / "tests/golden/markup/posts/cards.md").read_text("utf-8") + f"""
A {"long" * 30} word, [an address](https://example.org) and https://example.org/{"long/" * 20}, `{"code" * 20}`.
"""


def looked_at(folder, width):
    (folder / "probe.html").write_text(PROBE % width)
    dom = chromium(folder, "--window-size=1400,1000", "--dump-dom", f"file://{folder}/probe.html")
    return json.loads(html.unescape(re.search(r"<body[^>]*>(\{.*\})</body>", dom, re.S)[1]))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("post", ["sample", "cards"])
def test_fits_and_reads_on_phone_and_desktop(ws, folder, post, dark):
    if post == "sample":
        ws.sample()
    else:
        ws.post(post, CARDS)
    ws.ok("preview", SAMPLE if post == "sample" else post, "--out", folder)
    page = folder / "message.html"
    if dark:  # the dark rules, unconditionally
        text = page.read_text(encoding="utf-8")
        assert "@media (prefers-color-scheme:dark)" in text  # HT-21
        page.write_text(text.replace("@media (prefers-color-scheme:dark)", "@media all"), encoding="utf-8")
    for width in (320, 360, 1280):
        found = looked_at(folder, width)
        assert found["over"] <= 0, f"wider than {width} px"
        assert found["h1"] == 1 and found["optout"] >= 1  # HT-07, HT-18
        assert len(found["colours"]) > 30
        for ink, ground, size in found["colours"]:  # HT-06, HT-20
            assert contrast(ink, ground) >= (3 if size >= 24 else 4.5), (ink, ground, size)


def test_a_screenshot_shows_something(ws, folder):
    ws.sample()
    ws.ok("preview", SAMPLE, "--out", folder)
    chromium(folder, "--window-size=700,900", f"--screenshot={folder}/shot.png", f"file://{folder}/message.html")
    png = (folder / "shot.png").read_bytes()
    at, data = 8, b""
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        data += png[at + 8:at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    assert len(set(zlib.decompress(data))) > 50
