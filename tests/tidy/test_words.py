"""Every text that a driver sees is in every language, and git merges translations of two people."""

import subprocess
import sys
from pathlib import Path
from runpy import run_path

import pytest

TOP = Path(__file__).parents[2]
HEAD = r"""msgid ""
msgstr ""
"Language: de\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"""


def words(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, TOP / "tools" / "words.py", *arguments], capture_output=True, text=True, check=False)


def test_every_text_of_driver_pages_is_translated_and_nothing_else() -> None:
    checked = words("--check")
    assert checked.returncode == 0, f"\n{checked.stdout}{checked.stderr}"


@pytest.mark.parametrize(
    "template",
    ["<h1>Today</h1>", '{{ ui.button("Given out") }}', '<nav aria-label="Main">', '{{ _("Due") if late else "Paid" }}', " of {{ n }}"],
)
def test_untranslated_texts_of_a_template_are_detected(template: str) -> None:
    unmarked = run_path(str(TOP / "tools" / "words.py"))["unmarked"]
    assert unmarked(template) and not unmarked(
        """{{ ui.link(_("Due"), "/x", "soft small") }}<b title="{{ _("A") }}">{% trans %}B{% endtrans %} 7</b>"""
    )


def entries(*pairs: str) -> str:
    return HEAD + "".join(f'\nmsgid "{said}"\nmsgstr "{told}"\n' for said, _, told in (pair.partition("=") for pair in pairs))


def test_a_git_merge_keeps_the_translations_of_both_sides(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("base", "ours", "theirs")]
    sides = (entries("A=", "B=b", "C=c"), entries("A=", "B=b", "C=c", "D=d"), entries("A=a", "B=x", "E=e"))
    for path, text in zip(paths, sides, strict=True):
        path.write_text(text, "utf-8")
    assert words("--merge", *map(str, paths)).returncode == 0
    assert paths[1].read_text("utf-8") == entries("A=a", "B=x", "D=d", "E=e")
