"""What the demo tells whoever tries it: who can sign in, with which password, and what to do first.

Chinese first, English beside it: who reads this has not chosen a language yet.
"""

from typing import TextIO

from django.utils.translation import override
from rich import box
from rich.console import Console
from rich.table import Table

from access.demo import people, stated
from access.demo.programs import folder
from access.roles import NAMES, Role

WIDTH = 112


def tell(password: str, out: TextIO, *, site: str) -> None:
    """Print the accounts as a table and the tour as numbered steps; `site` is the address to try them at."""
    words = stated("welcome")
    console = Console(
        file=out, width=WIDTH, no_color=True, highlight=False, markup=False, emoji=False
    )
    console.print(_both(words["made_up"]))
    console.print(_accounts(words))
    console.print(f"{_both(words['password'])}: {password}", end="\n\n")
    console.print(f"{_both(words['try_first'])}:")
    for at, step in enumerate(words["steps"], start=1):
        zh = step["zh"].replace("{agencies}", str(folder())).replace("{site}", site)
        console.print(f"  {at}. {zh}", soft_wrap=True)
        console.print(f"     {step['en']}", soft_wrap=True)


def _accounts(words: dict[str, dict[str, str]]) -> Table:
    """Accounts of one role and unit share a line."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in ("account", "role", "unit"):
        table.add_column(_both(words[column]), no_wrap=column != "unit")
    names = {unit["code"]: unit["name"] for unit in stated("units")}
    lines: dict[tuple[Role, str], list[str]] = {}
    for number, role, unit in people.everybody():
        lines.setdefault((role, unit), []).append(number)
    for (role, unit), numbers in lines.items():
        table.add_row(" ".join(numbers), _role(role), f"{unit} {names[unit]}" if unit else "")
    return table


def _role(role: Role) -> str:
    found = []
    for language in ("zh-hans", "en"):
        with override(language):
            found.append(str(NAMES[role]))
    return " ".join(dict.fromkeys(found))


def _both(text: dict[str, str]) -> str:
    return f"{text['zh']} {text['en']}"
