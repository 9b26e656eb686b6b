"""What a browser finds in the report: accessibility by axe-core, its width on a phone, its pages on paper.

`make accessibility` installs what this needs and runs it; without that it is skipped.
"""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from functools import cache
from html import unescape
from pathlib import Path

import pytest

from reports.history.snapshot import snapshot
from reports.results.model import Results
from reports.views.html import html
from suites.selftest.reports.sample import sample_results
from suites.selftest.reports.test_causes import judged_results
from suites.selftest.reports.test_command import conforming
from suites.selftest.reports.test_drawing import many_regions

AXE = Path(__file__).parent / "axe/node_modules/axe-core/axe.min.js"
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync", "--hide-scrollbars")  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCRIPT = """
document.querySelectorAll("details").forEach((one) => { one.open = true; });
const out = document.createElement("pre");
const overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth;
axe.run({ runOnly: RULES }).then((found) => {
  const violations = found.violations.map((v) => [v.id, v.nodes.length, v.nodes[0].html]);
  out.id = "axe-found";
  out.textContent = JSON.stringify({ violations, overflow, rules: found.passes.length });
  document.body.append(out);
});
"""
PHONE, DESKTOP = "390,844", "1280,900"

pytestmark = pytest.mark.skipif(
    not BROWSER or not AXE.exists(), reason="chromium or axe-core is missing: make accessibility"
)


@cache
def pages() -> dict[str, str]:
    """Reports of every kind."""
    earlier = tuple(snapshot(sample_results(f"{n}" * 32, days=-n)) for n in (3, 2))
    return {
        "everything": html(sample_results(), earlier),
        "clean": html(conforming(datetime(2999, 1, 1, tzinfo=UTC)), earlier),
        "many Regions": html(many_regions(9)),
        "nothing": html(Results(run_id="0", started_at=datetime.now(UTC), finished_at=datetime.now(UTC),
                                duration_s=0, judged=sample_results().judged)),
    }  # fmt: skip


def browse(folder: Path, page: str, *options: str) -> str:
    """Open a page in a browser that nobody sees; what it prints."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    command = [str(BROWSER), *OPTIONS, f"--user-data-dir={folder / 'profile'}", *options]
    done = subprocess.run(
        [*command, (folder / "page.html").as_uri()], check=True, capture_output=True, text=True, timeout=120
    )
    return done.stdout


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP])
@pytest.mark.parametrize("name", ["everything", "clean", "many Regions", "nothing"])
def test_axe_finds_nothing(tmp_path: Path, name: str, size: str, theme: str) -> None:
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", pages()[name])
    if theme == "dark":
        page = page.replace("@media (prefers-color-scheme: dark)", "@media all")
    script = f"<script>{AXE.read_text(encoding='utf-8')}</script><script>{SCRIPT}</script>"
    page = page.replace("</body>", script.replace("RULES", json.dumps(RULES)) + "</body>")
    dom = browse(tmp_path, page, f"--window-size={size}", "--virtual-time-budget=30000", "--dump-dom")
    found = re.search(r'<pre id="axe-found">(.*?)</pre>', dom, re.DOTALL)

    assert found is not None, "axe did not end"
    result = json.loads(unescape(found[1]))
    assert result["violations"] == []
    assert result["overflow"] == 0
    assert result["rules"] > 20


def test_what_axe_looks_for_it_finds(tmp_path: Path) -> None:
    script = f"<script>{AXE.read_text(encoding='utf-8')}</script><script>{SCRIPT}</script>"
    page = '<html><body><input type="radio"><p style="color: #aaa; background: #bbb">x</p>' + script
    dom = browse(
        tmp_path, page.replace("RULES", json.dumps(RULES)), "--virtual-time-budget=30000", "--dump-dom"
    )

    for rule in ("label", "color-contrast", "html-has-lang"):
        assert f'"{rule}"' in unescape(dom)


def test_two_causes_fill_two_printed_pages(tmp_path: Path) -> None:
    results = judged_results(tmp_path, "fsx-refuses-lustre", "tgw-route-to-usw2-blackhole-in-use1")
    pdf = tmp_path / "page.pdf"
    browse(tmp_path, html(results), f"--print-to-pdf={pdf}", "--no-pdf-header-footer")

    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) <= 2


def test_a_clean_run_is_a_screen_and_the_matrix(tmp_path: Path) -> None:
    page = html(conforming(None)).replace("<nav", '<b id="end"></b><nav')
    script = "<script>document.title = document.getElementById('end').getBoundingClientRect().top</script>"
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page).replace("</body>", script)
    dom = browse(tmp_path, page, f"--window-size={DESKTOP}", "--dump-dom")
    title = re.search(r"<title>([\d.]+)</title>", dom)

    assert title is not None
    assert float(title[1]) < 900
